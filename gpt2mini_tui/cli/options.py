"""Options made from declarations: a setting cannot be forgotten on the command line, nor described twice."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from gpt2mini.ablations import Ablations
from gpt2mini.config import Config, DataConfig, ModelConfig, TrainConfig
from gpt2mini.presets import PRESETS, with_preset
from gpt2mini.settings import AUTOMATIC, Spec, Value, specs
from gpt2mini_tui.cli.complete import complete_models

if TYPE_CHECKING:
    from gpt2mini_tui.setup.plan import NewRun

__all__ = [
    "SettingType",
    "given",
    "load_option",
    "new_run",
    "run_options",
    "settings",
    "settings_options",
    "threads_option",
]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_GIVEN = "gpt2mini.settings"
_PRESET = "gpt2mini.preset"
_TYPED = "gpt2mini.typed"
_PREFERRED = "gpt2mini.preferred"
_THREADS = Spec(
    name="threads",
    kind=int,
    default=0,
    low=0,
    high=1024,
    help="Worker threads; 0 measures whether one a core is faster than one. They change the speed, never a number.",
)


class SettingType(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A value that its declaration checks, so that the error is the same wherever the value comes from."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.name = {int: "N", float: "X"}.get(spec.kind, "TEXT")

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> Value:
        """Return the value in its kind, None for `auto`; raises UsageError, naming the flag, for what cannot be."""
        if value == AUTOMATIC and self.spec.optional:
            return None
        if isinstance(value, str) and self.spec.kind in (int, float):
            try:
                value = self.spec.kind(value)
            except ValueError:
                value = value[:40]  # of another kind, so it is refused with its own words
        self.spec.check(value)
        checked: Value = value
        return checked

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the choices, where there are any."""
        return [CompletionItem(choice) for choice in self.spec.choices if choice.startswith(incomplete)]


class SettingOption(click.Option):
    """The option of one setting; it stands under a heading of its own in the help."""

    section = "Options"


def settings_options(
    cls: type[Any],
    section: str = "Options",
    defaults: Mapping[str, Value] | None = None,
    *,
    is_preferable: bool = False,
    is_inherited: bool = False,
) -> Callable[[F], F]:
    """Give a command an option for every setting that a dataclass declares; `settings` returns what was given.

    `defaults` are those of this command, where they are not the usual ones; with `is_preferable`, what the environment
    and the files of `preferences` say comes before them. With `is_inherited`, what is not given is another run's,
    and the help shows no default.
    """

    def decorate(command: F) -> F:
        for declared in reversed(specs(cls)):
            spec = replace(declared, default=(defaults or {}).get(declared.name, declared.default))
            about = _about(cls, spec, is_preferable=is_preferable)
            if is_inherited:
                about["show_default"] = False
            click.option(*_words(cls, spec), cls=_under(section), **about)(command)
        return command

    return decorate


def settings(cls: type[T], **fixed: Value) -> T:
    """Return an instance with what the command line gave, and `fixed` for what it cannot know."""
    given = click.get_current_context().meta.get(_GIVEN, {})
    return cls(**fixed, **given.get(cls, {}))


def given(cls: type[Any]) -> dict[str, Value]:
    """Return only what somebody wrote on the command line, without the defaults."""
    return dict(click.get_current_context().meta.get(_TYPED, {}).get(cls, {}))


def load_option(command: F) -> F:
    """Give a command `--load`, the model that is to write."""
    return click.option(
        "--load",
        default="",
        metavar="RUN|FOLDER|FILE",
        shell_complete=complete_models,
        help="A run, RUN/step-000500, a checkpoint folder or a file; by default the newest run.",
    )(command)


def threads_option(command: F) -> F:
    """Give a command `--threads`, the number of worker threads."""
    return click.option("--threads", type=SettingType(_THREADS), default=0, help=_THREADS.help)(command)


def run_options(command: F) -> F:
    """Give a command everything that a new run can be told; `new_run` makes the plan of it."""
    decorators: tuple[Callable[[F], F], ...] = (
        _preset_option,
        settings_options(DataConfig, "Text", is_preferable=True),
        settings_options(ModelConfig, "Model", is_preferable=True),
        settings_options(TrainConfig, "Training", is_preferable=True),
        settings_options(Ablations, "Switches", is_preferable=True),
        click.option("--name", default="", help="Of the run; by default the text and a number."),
        threads_option,
    )
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


def new_run(*, name: str, threads: int) -> "NewRun":
    """Return the plan of the run that the command line describes; raises UsageError for what cannot be."""
    from gpt2mini.paths import check_name
    from gpt2mini_tui.setup.plan import NewRun

    if name:
        check_name(name)
    config = Config(
        data=settings(DataConfig),
        model=settings(ModelConfig, vocab_size=1),  # known once the text has been read
        train=settings(TrainConfig),
        ablations=settings(Ablations),
    )
    preset = click.get_current_context().meta.get(_PRESET)
    if preset is not None:  # what was typed beside it wins
        config = with_preset(config, preset, model=given(ModelConfig), train=given(TrainConfig))
    return NewRun(config=config, name=name, threads=threads)


def _preset_option(command: F) -> F:
    def remember(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
        ctx.meta[_PRESET] = value

    words = "; ".join(f"{preset.name}: {preset.help}" for preset in PRESETS.values())
    return click.option(
        "--preset",
        cls=_under("Preset"),
        type=click.Choice(tuple(PRESETS)),
        expose_value=False,
        callback=remember,
        help=f"A size and a length that go together. {words}. `bench` says how long it takes here; other options win.",
    )(command)


def _under(heading: str) -> type[SettingOption]:
    return type("SettingOption", (SettingOption,), {"section": heading})


def _words(cls: type[Any], spec: Spec) -> tuple[str, str]:
    """Return the option's own name and its flag; a switch and a number may share a name, but not those two."""
    dashed = spec.name.replace("_", "-")
    is_off_by_default = spec.kind is bool and not spec.default
    flag = f"--{dashed}/--no-{dashed}" if is_off_by_default else spec.flag
    return f"{cls.__name__.lower()}_{spec.name}", flag


def _about(cls: type[Any], spec: Spec, *, is_preferable: bool) -> dict[str, Any]:
    def remember(ctx: click.Context, param: click.Parameter, value: Value) -> None:
        is_typed = ctx.get_parameter_source(str(param.name)) is not ParameterSource.DEFAULT
        if spec.kind is bool and spec.default:  # the flag is --no-…
            value = not value
        if is_preferable and not is_typed:
            value = _preferred(ctx, cls).get(spec.name, value)
        ctx.meta.setdefault(_GIVEN, {}).setdefault(cls, {})[spec.name] = value
        if is_typed:
            ctx.meta.setdefault(_TYPED, {}).setdefault(cls, {})[spec.name] = value

    about: dict[str, Any] = {"expose_value": False, "callback": remember}
    if spec.kind is bool:
        words = f"Do not {spec.help[0].lower()}{spec.help[1:]}" if spec.default else spec.help
        return about | {"is_flag": True, "default": False, "help": words}
    metavar = f"[{'|'.join(spec.choices)}]" if len(spec.choices) > 1 else f"N|{AUTOMATIC}" if spec.optional else None
    shown = spec.default not in (None, "")
    return about | {
        "type": SettingType(spec),
        "default": spec.default,
        "show_default": shown,
        "metavar": metavar,
        "help": spec.help,
    }


def _preferred(ctx: click.Context, cls: type[Any]) -> Mapping[str, Value]:
    """Return what the environment and the files say of these settings; nothing while a shell completes a line."""
    from gpt2mini_tui.personal.preferences import SECTIONS, in_force

    if ctx.resilient_parsing:
        return {}
    if _PREFERRED not in ctx.meta:
        ctx.meta[_PREFERRED] = in_force()
    section = next(name for name, one in SECTIONS.items() if one is cls)
    return {name: chosen.value for name, chosen in ctx.meta[_PREFERRED].get(section, {}).items()}
