"""What the admin pages of all apps share: staff look at everything, change little, delete nothing.

A decision about somebody is a button on the page of the object. It asks for the reason on a page of its own,
calls a service, and shows what the service refuses as a message.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from mila.lib.answers import words_of
from mila.lib.choices import Labels
from mila.lib.locks import Busy
from mila.lib.refusals import Refusal
from mila.lib.templatetags.mila import percent
from mila.lib.transitions import IllegalTransition

Text = str | Promise
# Given the admin, the member of staff, the object and the reason; calls the service, which may refuse.
Decide = Callable[..., object]
# Given the object and the member of staff: why the service would refuse at present, or None.
Obstacle = Callable[[Any, Any], Refusal | None]
# The same words for every object, or words for the object.
Words = Text | Callable[[Any], Text]
Row = tuple[str, ...]
Method = TypeVar("Method", bound=Callable[..., Any])


class StaffOnly:
    """Who may do what: staff see, nobody adds or deletes, what may be changed says so itself."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ShortPaginator(Paginator):  # type: ignore[type-arg]  # whatever a list shows
    """Counts to ten thousand and no further: whoever looks for something older filters or searches."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: self.MOST].count())


class ReadOnlyAdmin(StaffOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Shows every field; decisions are the buttons named in `decisions`."""

    decisions: Sequence[str] = ()
    paginator = ShortPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    compressed_fields = True

    def __init__(self, model: type[models.Model], admin_site: Any) -> None:
        self.actions_detail = self.decisions
        super().__init__(model, admin_site)

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """Only the buttons that make sense for the object as it is now."""
        buttons: list[Any] = super().get_actions_detail(request, object_id)
        if not buttons or not self.decisions:
            return buttons
        obj = self.get_object(request, str(object_id))
        if obj is None:
            return []
        return [button for button in buttons if _is_offered(button.method, obj, request.user)]


class EditableAdmin(ReadOnlyAdmin):
    """Staff may change what is not read-only. Only the fields of the form are written."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_staff(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Writing a whole row back could undo what a service has changed meanwhile."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in obj._meta.concrete_fields}
        changed = columns & set(form.changed_data)
        if changed:
            obj.save(update_fields=changed)


class ReadOnlyInline(StaffOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    """Rows that belong to the object, to look at."""

    extra = 0
    max_num = 0
    show_change_link = False
    show_title = False
    tab = True
    per_page = 20

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Iterable[str]:
        return tuple(self.fields or ())


class StepsInline(ReadOnlyInline):
    """The history of an object, each state in words: `labels` by stored value."""

    verbose_name_plural = _l("History")
    fields = ("at", "before", "after", "actor", "reason")
    labels: Labels = {}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        steps: models.QuerySet[Any] = super().get_queryset(request)
        return steps.select_related("actor")

    @display(description=_l("before"))  # type: ignore[untyped-decorator]  # unfold has no types
    def before(self, step: Any) -> str:
        return str(self.labels.get(step.old, step.old)) or "–"

    @display(description=_l("after"))  # type: ignore[untyped-decorator]
    def after(self, step: Any) -> str:
        return str(self.labels.get(step.new, step.new))


class Word(str):
    """The words for a state, which still know the state."""

    __slots__ = ("state",)
    state: str


class Tones(dict[str, str]):
    """Tones by state, found by the words for the state: a list shows the tone, the page of the object the words."""

    def __contains__(self, word: object) -> bool:
        return super().__contains__(getattr(word, "state", word))

    def __getitem__(self, word: str) -> str:
        return super().__getitem__(getattr(word, "state", word))


def toned(state: str, words: Text) -> str:
    """What a column with `label=` (a tone per state) returns."""
    word = Word(words)
    word.state = state
    return word


def percent_column(field: str, description: Text) -> Any:
    """A column that shows a rate, stored as a fraction, as people read it."""

    def shown(_admin: Any, obj: Any) -> str:
        return percent(getattr(obj, field))

    return column(description=description, ordering=field)(shown)


def with_fields(fieldsets: Any, old: Row, new: Row) -> list[tuple[Any, dict[str, Any]]]:
    """The fieldsets with one row of fields in place of another."""
    return [
        (title, {**options, "fields": tuple(new if row == old else row for row in options["fields"])})
        for title, options in fieldsets
    ]


def column(**options: Any) -> Callable[[Method], Method]:
    """Describes a method that shows something: `description`, `ordering`, `boolean`, `label` (a tone per value)."""
    if "label" in options:
        options["label"] = Tones(options["label"])
    return cast("Callable[[Method], Method]", display(**options))


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_l("Reason"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        max_length=2000,
    )


def decision(
    *,
    description: Text,
    consequence: Words,
    read_by: Words,
    done: Text,
    obstacle: Obstacle,
    variant: ActionVariant = ActionVariant.DEFAULT,
    icon: str | None = None,
    asks: type[ReasonForm] = ReasonForm,
    initial: Callable[[Any], dict[str, Any]] | None = None,
) -> Callable[[Decide], Any]:
    """Make a method that calls a service a button, which first asks for the reason.

    `consequence` is what will happen, shown beside the question; `read_by` who reads the reason and where; `done` is
    the message afterwards; `asks` the form, whose fields are the keywords of the method, with what `initial` puts into
    it (hidden, to tell what was read when the question was asked). While there is an `obstacle`
    the button is not there, and its page says why it cannot be.
    """

    def decorate(decide: Decide) -> Any:
        def view(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
            obj = admin.get_object(request, object_id)
            if obj is None:
                # The page of the object says that there is none.
                return redirect(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_change", object_id)
            question = {
                "title": description,
                "consequence": _words(consequence, obj),
                "read_by": _words(read_by, obj),
                "danger": variant.value == "danger",
                "obstacle": obstacle(obj, request.user),
            }
            form = asks(request.POST or None, initial=initial(obj) if initial else None)
            return _ask(admin, request, obj, decide, form=form, done=done, question=question)

        view.__name__ = decide.__name__
        url = decide.__name__.replace("_", "-")
        button = action(
            view, description=description, url_path=url, variant=variant, icon=icon, permissions=["view"]
        )
        button.obstacle = obstacle
        return button

    return decorate


def acting_now() -> datetime:
    """The instant of a decision: the clock is read here, at the edge."""
    return timezone.now()


def link_to(obj: models.Model | None, text: str = "") -> SafeString | str:
    """A link to the object's admin page; a dash for nothing."""
    if obj is None:
        return "–"
    meta = obj._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, text or str(obj)
    )


def told(request: HttpRequest, refusal: Refusal | Busy | IllegalTransition) -> None:
    """A refusal is an answer, not an error."""
    if isinstance(refusal, IllegalTransition):
        messages.error(request, _("This step is not possible any more: somebody has changed the state."))
    else:
        messages.error(request, words_of(refusal))


def _ask(
    admin: Any,
    request: HttpRequest,
    obj: Any,
    decide: Decide,
    *,
    form: ReasonForm,
    done: Text,
    question: dict[str, Any],
) -> HttpResponse:
    back = reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_change", args=[obj.pk])
    form.fields["reason"].help_text = question["read_by"]
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            decide(admin, request.user, obj, **form.cleaned_data)
        except (Refusal, Busy, IllegalTransition) as refusal:
            told(request, refusal)
        else:
            admin.log_change(request, obj, f"{question['title']}: {reason}")
            messages.success(request, str(done))
        return redirect(back)
    context = {**admin.admin_site.each_context(request), **question, "opts": admin.opts, "original": obj}
    context |= {"form": form, "back": back}
    return TemplateResponse(request, "admin/reason.html", context)


def _is_offered(button: Any, obj: Any, actor: Any) -> bool:
    obstacle: Obstacle | None = getattr(button, "obstacle", None)
    return obstacle is None or obstacle(obj, actor) is None


def _words(words: Words, obj: Any) -> Text:
    return words(obj) if callable(words) else words


def _is_staff(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_authenticated and user.is_active and user.is_staff)
