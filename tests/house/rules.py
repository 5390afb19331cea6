"""What our code does not do, each rule with code that breaks it, so that none can pass by sleeping."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

__all__ = ["RULES", "Rule", "paths_of_a_machine"]

CORE, APP = "core", "gpt2mini_tui"
OURS = (CORE, APP, "benchmarks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Something our code does not do."""

    find: Callable[[str], Iterable[int]]
    """Takes the source of a file and gives the lines that break the rule."""
    bad: tuple[str, ...]
    good: tuple[str, ...] = ("x = 1",)
    where: tuple[str, ...] = OURS
    but: tuple[str, ...] = ()
    """Files that may, each because it is what the rule protects."""


# How to look at code


@cache  # 60 MB for all files, which every rule walks through
def nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(source)))


def calls(source: str) -> Iterator[tuple[ast.Call, str]]:
    """Give each call with the dotted name of what is called, `.name` where it is a method of some value."""
    for node in nodes(source):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Give what a module imports when it runs, as dotted names; `if TYPE_CHECKING:` does not run."""
    unread = {
        id(inner)
        for node in nodes(source)
        if isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in nodes(source):
        if isinstance(node, ast.Import) and id(node) not in unread:
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and id(node) not in unread:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def importing(*roots: str) -> Callable[[str], Iterator[int]]:
    return lambda source: (line for line, name in imports(source) if name.split(".")[0] in roots)


def has(call: ast.Call, keyword: str, *values: object) -> bool:
    """Tell whether a call gives this keyword, one of these constants if any are named."""
    given = [item.value for item in call.keywords if item.arg == keyword]
    return any(not values or (isinstance(value, ast.Constant) and value.value in values) for value in given)


# What is looked for


def ready_made_parts(source: str) -> Iterator[int]:
    pattern = re.compile(
        r"nn(\.functional|\.modules)?\.\w*(Transformer|MultiheadAttention|multi_head_attention)|F\.multi_"
    )
    names = [(node.lineno, dotted(node)) for node in nodes(source) if isinstance(node, ast.Attribute)]
    return (line for line, name in [*names, *imports(source)] if pattern.search(name))


def unpickling(source: str) -> Iterator[int]:
    yield from importing("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")(source)
    for call, name in calls(source):
        if name in ("torch.load", "torch.save") or (has(call, "allow_pickle") and not has(call, "allow_pickle", False)):
            yield call.lineno


def printing(source: str) -> Iterator[int]:
    words = ("print", "sys.stdout.write", "sys.stderr.write", "warnings.warn")
    return (call.lineno for call, name in calls(source) if name in words)


def yields_inside_no_grad(source: str) -> Iterator[int]:
    modes = re.compile(r"\b(no_grad|inference_mode|autocast|set_grad_enabled|enable_grad)$")
    for node in nodes(source):
        if isinstance(node, ast.With | ast.AsyncWith):
            entered = [item.context_expr for item in node.items]
            if any(modes.search(dotted(item.func if isinstance(item, ast.Call) else item)) for item in entered):
                yield from own_yields(node.body)


def own_yields(body: Iterable[ast.AST]) -> Iterator[int]:
    """Find yields, but not those of functions that are only defined here."""
    for node in body:
        if isinstance(node, ast.Yield | ast.YieldFrom | ast.Await):
            yield node.lineno
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp):
            yield from own_yields(ast.iter_child_nodes(node))


def threads(source: str) -> Iterator[int]:
    """Find threads, queues and what waits for them; asking which thread one is in is no thread."""
    asking = ("threading.current_thread", "threading.main_thread", "threading.get_ident")
    yield from importing("_thread", "queue", "concurrent", "multiprocessing")(source)
    uses = [(node.lineno, dotted(node)) for node in nodes(source) if isinstance(node, ast.Attribute)]
    yield from (
        line for line, name in [*uses, *imports(source)] if re.match(r"threading\.", name) and name not in asking
    )
    for call, name in calls(source):
        if has(call, "thread", True) or name.endswith(("to_thread", "run_in_executor")):
            yield call.lineno


def swallowing(source: str) -> Iterator[int]:
    """Find handlers of anything at all that neither raise nor look at what they caught."""
    for node in nodes(source):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or catches_all(node.type)):
            inside = [inner for statement in node.body for inner in ast.walk(statement)]
            looks = any(isinstance(inner, ast.Name) and inner.id == node.name for inner in inside)
            if node.type is None or not (looks or any(isinstance(inner, ast.Raise) for inner in inside)):
                yield node.lineno
    yield from (
        call.lineno for call, name in calls(source) if name.endswith("suppress") and any(map(catches_all, call.args))
    )


def catches_all(caught: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id in ("Exception", "BaseException") for node in ast.walk(caught))


def drawing_from_nowhere(source: str) -> Iterator[int]:
    """Find draws that name no generator, hence draw from the global one."""
    draws = re.compile(
        r"^torch\.(rand|randn|randint|randperm|rand_like|randn_like|randint_like|normal|bernoulli|multinomial|poisson)$"
        r"|\.(normal|uniform|random|bernoulli|exponential|geometric|log_normal|cauchy|trunc_normal|orthogonal)_$"
        r"|\.(xavier|kaiming)_\w+_$|\.multinomial$"
    )
    seeds = re.compile(r"^(torch|np|numpy)\..*\b(manual_seed|manual_seed_all|seed|fork_rng)$|^(np|numpy)\.random\.")
    droppers = re.compile(r"^(F|nn|torch)\.(functional\.|nn\.)*(\w*dropout\w*|Dropout\w*)$", re.IGNORECASE)
    yield from importing("random")(source)
    for call, name in calls(source):
        if (
            (draws.search(name) and not has(call, "generator"))
            or seeds.search(name)
            or droppers.search(name)
            or (has(call, "dropout_p") and not has(call, "dropout_p", 0, 0.0))
        ):
            yield call.lineno


def unexplained_silence(source: str) -> Iterator[int]:
    """Find comments that silence a tool without naming what, and why."""
    silence = re.compile(r"#\s*(type:\s*ignore|noqa|pragma)")
    explained = re.compile(r"# (type: ignore\[[\w,\- ]+\]|noqa: [A-Z]+\d+(, [A-Z]+\d+)*)  # \S+")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_silence = token.type == tokenize.COMMENT and silence.search(token.string)
        if is_silence and not explained.search(token.string):
            yield token.start[0]


def markup_of_others(source: str) -> Iterator[int]:
    """Find widgets that would take a text which is not written here for markup."""
    for call, name in calls(source):
        shows = name.split(".")[-1] in ("Static", "Label", "notify") and not has(call, "markup", False)
        if shows and call.args and not is_ours(call.args[0]):
            yield call.lineno


def is_ours(text: ast.expr) -> bool:
    """Tell whether a text is written in the code, or has been made safe by being content already."""
    is_content = isinstance(text, ast.Call) and dotted(text.func).split(".")[0] in ("Content", "Text")
    return isinstance(text, ast.Constant) or is_content


def loud_words(source: str) -> Iterator[int]:
    """Find exclamation marks after words, and emoji."""
    loud = re.compile(r"[A-Za-z]!(\s|$)|[\U0001F300-\U0001FAFF\u2705\u274C\u2728]")
    for node in nodes(source):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and loud.search(node.value):
            yield node.lineno


def long_functions(source: str) -> Iterator[int]:
    for node in nodes(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 50:
            yield node.lineno


def long_files(source: str) -> Iterator[int]:
    return iter([401] if source.count("\n") > 400 else [])


def paths_of_a_machine(source: str) -> Iterator[int]:
    """Find folders of a person or a server, and the addresses of a package index."""
    folder = r"(?<![\w.])/(home|Users|root|work|opt)/\w|[A-Z]:\\+Users\b"
    index = r"--(extra-)?index-url|--(find|trusted)-(links|host)"
    return (number for number, line in enumerate(source.splitlines(), 1) if re.search(f"{folder}|{index}", line))


RULES = {
    "the transformer is assembled by hand": Rule(
        find=ready_made_parts,
        where=(*OURS, "tests"),
        but=("benchmarks/peers/models.py",),  # what others build, to run beside
        bad=(
            "from torch import nn\nnn.TransformerEncoderLayer(8, 2)",
            "a = torch.nn.MultiheadAttention",
            "from torch.nn import Transformer",
            "F.multi_head_attention_forward(q)",
        ),
        good=("nn.Linear(2, 2)", '"""Not nn.Transformer."""', "class Transformer: ..."),
    ),
    "nothing is unpickled": Rule(
        find=unpickling,
        bad=("import pickle", "torch.load(path)", "np.load(path, allow_pickle=True)", "from joblib import load"),
        good=("np.load(path, allow_pickle=False)", "json.load(file)"),
    ),
    "the library does not print": Rule(
        find=printing,
        where=(CORE,),
        bad=("print(1)", "sys.stderr.write('a')"),
        good=("pprint.pformat(1)", "self.print()"),
    ),
    "nothing is yielded inside no_grad": Rule(
        find=yields_inside_no_grad,
        bad=(
            "def f():\n    with torch.no_grad():\n        yield 1",
            "def f():\n    with a, torch.autocast('cpu'):\n        if b:\n            yield from c",
            "def f():\n    with inference_mode():\n        x = yield",
        ),
        good=(
            "def f():\n    with torch.no_grad():\n        x = 1\n    yield x",
            "def f():\n    with lock:\n        yield 1",
            "def f():\n    with torch.no_grad():\n        def g():\n            yield 1",
        ),
    ),
    "folders of the checkout are not packages": Rule(
        find=importing(CORE, "data", "tests", "docs", "benchmarks"),
        where=(*OURS, "tests"),
        bad=("import core", "import core.gpt2mini", "from core.gpt2mini import model", "from data import corpora"),
        good=("import gpt2mini", "from gpt2mini.corpus import prepare"),
    ),
    "threads meet where threads are meant to meet": Rule(
        find=threads,
        where=(CORE, APP),
        but=(
            "core/gpt2mini/inbox.py",
            "core/gpt2mini/saver.py",
            "core/gpt2mini/shards.py",
            "core/gpt2mini/trainer.py",
            "gpt2mini_tui/live/bridge.py",
            "gpt2mini_tui/errands.py",
        ),
        bad=(
            "from threading import Thread",
            "import threading\nthreading.Lock()",
            "from queue import Queue",
            "@work(thread=True)\ndef f(): ...",
            "asyncio.to_thread(f)",
        ),
        good=(
            "if TYPE_CHECKING:\n    from concurrent.futures import Future",
            "@work(thread=False)\ndef f(): ...",
            "import threading\nthreading.main_thread()",
        ),
    ),
    "nothing is swallowed": Rule(
        find=swallowing,
        bad=(
            "try: f()\nexcept: raise",
            "try: f()\nexcept Exception: pass",
            "try: f()\nexcept (OSError, BaseException): x = 1",
            "with contextlib.suppress(Exception): f()",
        ),
        good=(
            "try: f()\nexcept OSError: pass",
            "try: f()\nexcept Exception as error: show(error)",
            "try: f()\nexcept BaseException:\n    close()\n    raise",
        ),
    ),
    "every draw names its generator": Rule(
        find=drawing_from_nowhere,
        where=(CORE, APP),
        bad=(
            "torch.manual_seed(1)",
            "torch.rand(3)",
            "x.normal_(0, 1)",
            "nn.init.xavier_uniform_(w)",
            "np.random.default_rng(3)",
            "import random",
            "F.dropout(x, 0.1)",
            "nn.Dropout(0.1)",
            "F.scaled_dot_product_attention(q, k, v, dropout_p=p)",
        ),
        good=("torch.rand(3, generator=g)", "torch.Generator().manual_seed(1)", "self.dropout(x)", "f(dropout_p=0.0)"),
    ),
    "a silenced tool is told what and why": Rule(
        find=unexplained_silence,
        where=(*OURS, "tests"),
        bad=("x = 1  # type: ignore", "x = 1  # type: ignore[misc]", "x = 1  # noqa", "x = 1  # noqa: F401"),
        good=("x = 1  # type: ignore[misc]  # click is loose here", "x = 1  # noqa: F401, E501  # kept for its name"),
    ),
    "text of others is never markup": Rule(
        find=markup_of_others,
        where=(APP,),
        bad=("Static(name)", "self.notify(f'{name} is gone')", "Label(name, markup=True)"),
        good=("Static('[b]ours[/b]')", "Static(name, markup=False)", "Static(Content(name))", "Static()"),
    ),
    "tests use the real thing": Rule(
        find=importing("unittest", "mock", "pytest_mock"),
        where=("tests",),
        bad=("from unittest.mock import Mock", "import mock"),
        good=("import pytest",),
    ),
    "text for people is calm": Rule(
        find=loud_words,
        where=OURS,
        bad=('x = "Done!"', 'x = "\U0001f680"'),
        good=('x = f"{a!r}"', 'x = "a != b"', 'x = "✓"'),
    ),
    "a function can be read at once": Rule(
        find=long_functions,
        where=(*OURS, "tests"),
        bad=("def f():\n" + "    x = 1\n" * 50,),
        good=("def f():\n" + "    x = 1\n" * 49,),
    ),
    "a file is about one thing": Rule(
        find=long_files, where=(*OURS, "tests"), bad=("x = 1\n" * 401,), good=("x = 1\n" * 400,)
    ),
}
