import pytest

from minichannels.flow.web.editor import require_editor


@pytest.mark.parametrize(
    "template",
    [
        "vscode://file/{path}:{line}",
        "x-mine:{path}",
        "http://localhost:63342/api/file/{path}:{line}",
    ],
)
def test_editor_is_any_address_with_a_path(template: str) -> None:
    assert require_editor(template) == template


@pytest.mark.parametrize(
    "template",
    [
        "code {path}",
        "{path}",
        "vscode://file/",
        "vscode://file/{path} {line}",
        "javascript://{path}",
        "JavaScript:alert('{path}')",
        "data:text/html,{path}",
        "file://{path}",
    ],
)
def test_editor_is_no_command_and_nothing_that_a_browser_runs(
    template: str,
) -> None:
    with pytest.raises(ValueError, match="is not the address of an editor"):
        require_editor(template)
