"""Every key has a name that a person can give another key to, and says what it does wherever it works."""

from pathlib import Path

import pytest

from gpt2mini.paths import Home
from gpt2mini_tui.app import LabApp
from gpt2mini_tui.personal.actions import all_bindings
from gpt2mini_tui.places import PLACES
from gpt2mini_tui.screens.help import HelpScreen
from tiny_lab import Lab, copy_home, tiny_home


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return tiny_home(tmp_path_factory)


def test_every_binding_has_a_name_of_its_own_and_says_what_it_does() -> None:
    found = all_bindings()
    assert len(found) > 200
    assert [f"{owner}: {one.key}" for owner, one in found if not (one.id and one.tooltip and one.description)] == []
    names = [one.id for _, one in found]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("place", PLACES)
async def test_whatever_works_in_a_place_is_in_its_help_and_in_the_palette(
    place: str, runs: Home, tmp_path: Path
) -> None:
    app = LabApp(copy_home(runs, tmp_path), refresh=0.02)
    async with app.run_test(size=(120, 40)) as pilot:
        lab = Lab(app, pilot)
        await lab.sees("q Quit")
        await app.action_place(place)
        await lab.until(lambda: app.place.id == place)
        helped, offered, reached = set(), set(), {}
        for widget in app.screen.focus_chain:
            reached |= dict.fromkeys(widget.ancestors_with_self)
            widget.focus()
            await lab.until(lambda widget=widget: app.focused is widget)
            offered |= {command.help for command in app.get_system_commands(app.screen)}
            app.action_help()
            await lab.until(lambda: isinstance(app.screen, HelpScreen))
            helped |= {line.name for line in app.screen._lines}
            app.screen.dismiss()
            await lab.until(lambda: not isinstance(app.screen, HelpScreen))
        works = [
            one for node in reached for _, one in node._bindings if one.id and app._check_action_state(one.action, node)
        ]
        assert {one.id for one in works} - helped == set()
        assert {one.tooltip for one in works} - offered == set()
