"""The application that ``module:attribute`` names.

How it works: the module is imported as any server would import it. What goes
wrong in the project's own code is told with the project's own traceback.
"""

import difflib
import importlib
import inspect
import sys
from inspect import Parameter
from operator import attrgetter
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from minichannels.cli import CommandError
from minichannels.exceptions import type_name
from minichannels.flow.recording.endpoints.scopes import called
from minichannels.flow.servable import require_servable
from minichannels.types import ASGIApp

_NOT_THEIRS = (__file__, str(importlib.__file__), "<frozen ")


def find_application(
    name: str, folder: Path, *, factory: bool = False
) -> ASGIApp:
    """Import an application.

    Args:
        name: ``module:attribute``.
        folder: where modules are looked for first.
        factory: whether the attribute is a function that makes it.

    Raises:
        CommandError: there is none of that name; says why. If the project
            raised something, that is the error's cause.
    """
    module, _, attribute = name.partition(":")
    if not (module and attribute):
        raise CommandError(
            f"{name!r} names no application; write module:attribute, such as"
            " mysite.asgi:application"
        )
    _look_first_in(folder)
    found = _attribute(_module(module, folder), attribute)
    if factory:
        found = _made(found, name)
    elif _makes_one(found):
        raise CommandError(
            f"{name} is a function that needs no scope, receive and send; if it"
            " makes the application, add --factory"
        )
    try:
        require_servable(found)
    except TypeError as error:
        raise CommandError(f"{name}: {error}") from None
    application: ASGIApp = found
    return application


def _look_first_in(folder: Path) -> None:
    if not folder.is_dir():
        raise CommandError(f"there is no folder {str(folder)!r}")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _module(name: str, folder: Path) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise CommandError(
            f"{name!r} is no module's name; write it with dots and without"
            " '.py', such as mysite.asgi"
        )
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if f"{name}.".startswith(f"{missing}."):
            raise CommandError(
                f"there is no module {missing!r}{_hint(name)}; modules"
                f" are looked for in {folder} first, or in the folder given as"
                " --app-dir"
            ) from None
        raise _failed(name, error) from error
    except BaseException as error:
        raise _failed(name, error) from error


def _hint(name: str) -> str:
    plain = name.removesuffix(".py")
    return f" (write {plain!r}, without '.py')" if plain != name else ""


def _attribute(module: ModuleType, name: str) -> Any:
    try:
        return attrgetter(name)(module)
    except AttributeError:
        public = [known for known in vars(module) if not known.startswith("_")]
        close = difflib.get_close_matches(name, public, n=1, cutoff=0.4)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise CommandError(
            f"module {module.__name__!r} has no attribute {name!r}{hint}"
        ) from None
    except BaseException as error:  # it is made when it is asked for
        raise _failed(f"{module.__name__}:{name}", error) from error


def _makes_one(found: Any) -> bool:
    """Return whether something is a function that needs no arguments."""
    if not inspect.isfunction(found) or inspect.iscoroutinefunction(found):
        return False
    signature = inspect.signature(found, follow_wrapped=False)
    # Whoever takes any arguments passes them on to an application.
    any_number = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return all(
        p.default is not p.empty and p.kind not in any_number
        for p in signature.parameters.values()
    )


def _made(factory: Any, name: str) -> Any:
    if not callable(factory):
        raise CommandError(f"{name} is {factory!r}, not a function to call")
    try:
        made = factory()
    except BaseException as error:
        raise _failed(f"{name}()", error) from error
    if inspect.iscoroutine(made):
        made.close()
        raise CommandError(
            f"{name} is a coroutine function; what makes the application is a"
            " plain one"
        )
    return made


def _failed(what: str, error: BaseException) -> CommandError:
    """Return what to say of anything; pytest's skip() is no Exception either.

    Raises:
        KeyboardInterrupt: it is one.
    """
    if isinstance(error, KeyboardInterrupt):
        raise error
    error.__traceback__ = theirs(error.__traceback__, _NOT_THEIRS)
    return failed(what, error)


def failed(what: str, error: BaseException) -> CommandError:
    """Return what to say of something of the project's that has failed."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # such as a text that needs what has just failed
        text = "what it says cannot be told"
    kind = type_name(error)
    return CommandError(f"{what} raised {kind}: {text}".rstrip(": "), 1)


def theirs(
    frames: TracebackType | None, others: tuple[str, ...]
) -> TracebackType | None:
    """Leave out the frames in front of the project's own.

    Args:
        frames: all of them.
        others: how the names of the files begin that are not theirs.
    """
    while frames is not None:
        if not frames.tb_frame.f_code.co_filename.startswith(others):
            break
        frames = frames.tb_next
    return frames


def with_static_files(application: ASGIApp) -> ASGIApp:
    """Return an application that serves static files, if Django's would.

    As ``runserver`` does: while ``DEBUG`` is on, for a project that has
    Django's app for them. Others get what they gave.
    """
    conf = sys.modules.get("django.conf")  # whoever uses Django has it
    settings = getattr(conf, "settings", None)
    # Not asked whether it is true: where nothing is set up, that is an error.
    if settings is None or not settings.configured or not settings.DEBUG:
        return application
    apps = importlib.import_module("django.apps").apps
    if not apps.ready or not apps.is_installed("django.contrib.staticfiles"):
        return application
    handlers = importlib.import_module("django.contrib.staticfiles.handlers")
    handler: Any = handlers.ASGIStaticFilesHandler(application)
    handler.__name__ = called(application)  # nobody has asked for another
    found: ASGIApp = handler
    return found
