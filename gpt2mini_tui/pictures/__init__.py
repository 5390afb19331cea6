"""Views of a model as pictures made of cells: drawn in the app, printed by the command, written into files.

They need no screen, and no torch: a `Seen` goes in, a `Page` comes out.
"""

from gpt2mini_tui.pictures.attention import AttentionPicture
from gpt2mini_tui.pictures.embedding import EmbeddingPicture
from gpt2mini_tui.pictures.lens import LensPicture
from gpt2mini_tui.pictures.palette import DARK, Palette
from gpt2mini_tui.pictures.picture import Look, Picture
from gpt2mini_tui.pictures.position import PositionPicture
from gpt2mini_tui.pictures.residual import ResidualPicture
from gpt2mini_tui.pictures.surprise import SurprisePicture
from gpt2mini_tui.xray.seen import Seen

__all__ = ["Look", "Picture", "picture_of"]

_PICTURES: dict[str, type[Picture]] = {
    "attention": AttentionPicture,
    "lens": LensPicture,
    "surprise": SurprisePicture,
    "residual": ResidualPicture,
    "embedding": EmbeddingPicture,
    "position": PositionPicture,
}


def picture_of(seen: Seen, look: Look = Look(), palette: Palette = DARK) -> Picture:
    """Return the picture of a view, as it is looked at."""
    return _PICTURES[seen.view.name](seen, look, palette)
