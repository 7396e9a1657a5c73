"""Liquid for texts of more than plain fields: data only, limits on, a fixed list of filters."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from liquid import Environment, Mode, StrictUndefined
from liquid.exceptions import LiquidError
from liquid.static_analysis import TemplateAnalysis
from liquid.template import BoundTemplate

from newsletters.compose.fields import KNOWN
from newsletters.errors import TextRefused

FILTERS = ("default", "upcase", "downcase", "capitalize", "truncate", "strip", "escape")
TAGS = ("if", "unless", "case", "comment")


class Bounded(Environment):
    """Stops what a hostile or careless template could do to a worker."""

    output_stream_limit = 500_000
    loop_iteration_limit = 100
    local_namespace_limit = 10_000
    context_depth_limit = 10


def _environment(*, escape_html: bool) -> Environment:
    made = Bounded(autoescape=escape_html, undefined=StrictUndefined, tolerance=Mode.STRICT)
    made.filters = {name: made.filters[name] for name in FILTERS}
    kept = {*TAGS, "#", "content", "output", "illegal"}
    made.tags = {name: tag for name, tag in made.tags.items() if name in kept}
    return made


ESCAPING = _environment(escape_html=True)
VERBATIM = _environment(escape_html=False)


def parse(
    text: str, *, escape_html: bool, is_known: Callable[[str], bool] = KNOWN.__contains__
) -> BoundTemplate:
    """A template, checked: unknown fields, filters and tags raise TextRefused with a sentence.

    Known are the fields of a reader, unless ``is_known`` says otherwise.
    """
    environment = ESCAPING if escape_html else VERBATIM
    try:
        template = environment.from_string(text)
        used = template.analyze()
    except LiquidError as error:
        raise TextRefused("liquid", str(error)) from error
    _refuse_unknown(used, is_known)
    return template


def _refuse_unknown(used: TemplateAnalysis, is_known: Callable[[str], bool]) -> None:
    for name, places in used.variables.items():
        if not is_known(name) or any(len(place.segments) > 1 for place in places):
            raise TextRefused("field", _("There is no field “%(name)s”.") % {"name": name})
    for name in used.filters:
        if name not in FILTERS:
            raise TextRefused("filter", _("“%(name)s” cannot be used here.") % {"name": name})


def render(template: BoundTemplate, values: dict[str, str]) -> str:
    """The text for one reader. Raises TextRefused when a limit is met."""
    try:
        return str(template.render(**values))
    except LiquidError as error:
        raise TextRefused("liquid", str(error)) from error
