"""The API's documentation as one page: no script, nothing fetched from elsewhere."""

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any

Schema = dict[str, Any]

LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "from {}",
    "maximum": "to {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches {}",
    "default": "{} if absent",
}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PROBLEM = "application/problem+json"


def api_page(schema: Schema) -> str:
    """An HTML page of every operation in an OpenAPI schema.

    Parameters
    ----------
    schema
        An OpenAPI 3.1 document; ``x-roles`` of an operation names who may call it.
    """
    return _Page(schema).html()


class _Page:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._types: dict[str, Schema] = schema.get("components", {}).get("schemas", {})

    def html(self) -> str:
        info = self._schema["info"]
        groups = [
            (tag, list(found))
            for tag, found in groupby(
                sorted(self._operations(), key=lambda one: one[0]), key=lambda one: one[0]
            )
        ]
        links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag, _ in groups)
        body = "".join(self._group(tag, found) for tag, found in groups)
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(info['title'])} API</title><style>{STYLE}</style></head><body>"
            f"<header><h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>"
            f"<p>{_text(info.get('description', ''))}</p>"
            '<p>For programs: <a href="/openapi/openapi.json">openapi.json</a></p>'
            f"<nav>{links}</nav></header><main>{body}</main></body></html>"
        )

    def _operations(self) -> Iterator[tuple[str, str, str, Schema]]:
        for path, methods in self._schema["paths"].items():
            for method, operation in methods.items():
                # Beside its methods a path may hold a summary, servers or parameters.
                if method in METHODS:
                    yield (operation.get("tags") or ["other"])[0], path, method, operation

    def _group(self, tag: str, found: list[tuple[str, str, str, Schema]]) -> str:
        inner = "".join(self._operation(path, method, one) for _, path, method, one in found)
        return f'<section><h2 id="{escape(tag)}">{escape(tag)}</h2>{inner}</section>'

    def _operation(self, path: str, method: str, operation: Schema) -> str:
        name = operation.get("operationId", f"{method}{path}")
        text = operation.get("description") or operation.get("summary", "")
        first, _, rest = text.partition("\n")
        more = "".join(f"<p>{_text(part)}</p>" for part in rest.split("\n\n") if part.strip())
        return (
            f'<details class="op" id="{escape(name)}"><summary>'
            f'<b class="{escape(method)}">{escape(method.upper())}</b> '
            f"<code>{escape(path).replace('/', '/<wbr>')}</code>"
            f"<span>{_text(first)}</span></summary>"
            f"{more}{self._who(operation)}"
            f"{self._parameters(operation)}{self._body(operation)}{self._answers(operation)}"
            f'<p class="id">operationId <code>{escape(name)}</code></p></details>'
        )

    def _who(self, operation: Schema) -> str:
        roles = operation.get("x-roles", [])
        chips = "".join(f"<i>{escape(role)}</i>" for role in roles) or "<i>anyone</i>"
        return f'<p class="roles">Open to {chips}</p>'

    def _parameters(self, operation: Schema) -> str:
        rows = "".join(
            self._member(
                one["name"],
                one.get("schema", {}),
                (),
                required=one.get("required", False),
                note=" ".join(filter(None, [f"({one['in']})", one.get("description", "")])),
            )
            for one in operation.get("parameters", [])
        )
        return f"<h3>Parameters</h3><ul>{rows}</ul>" if rows else ""

    def _body(self, operation: Schema) -> str:
        content = operation.get("requestBody", {}).get("content", {})
        return "".join(
            f"<h3>Request <small>{escape(media)}</small></h3>{self._tree(one.get('schema', {}))}"
            for media, one in content.items()
        )

    def _answers(self, operation: Schema) -> str:
        good, failures = "", ""
        for status, answer in sorted(operation["responses"].items()):
            text = _text(answer.get("description", ""))
            if PROBLEM in answer.get("content", {}):
                failures += f"<li><code>{escape(status)}</code> {text}</li>"
                continue
            good += f"<h3>Answer <code>{escape(status)}</code> <small>{text}</small></h3>"
            for media, one in answer.get("content", {}).items():
                kind = f"<p><small>{escape(media)}</small></p>"
                good += kind + self._tree(one.get("schema", {}))
        if failures:
            failures = f"<h3>Failures <small>{PROBLEM}</small></h3><ul>{failures}</ul>"
        return good + failures

    def _tree(self, schema: Schema) -> str:
        """A schema that stands by itself, its members in view."""
        return f"<ul>{self._member('', schema, (), is_open=True)}</ul>"

    def _member(
        self,
        name: str,
        schema: Schema,
        above: tuple[str, ...],
        *,
        required: bool = True,
        note: str = "",
        is_open: bool = False,
    ) -> str:
        label = f"<code>{escape(name)}</code>" if name else ""
        missing = "" if required else " <em>optional</em>"
        words = f"{label} <var>{self._type(schema)}</var>{missing} {self._notes(schema, note)}"
        inner = self._inner(schema, above)
        if not inner:
            return f"<li>{words}</li>"
        shown = " open" if is_open else ""
        return f"<li><details{shown}><summary>{words}</summary><ul>{inner}</ul></details></li>"

    def _notes(self, schema: Schema, note: str) -> str:
        schema = self._resolved(schema)
        limits = [
            text.format(_number(schema[key]))
            for key, text in LIMITS.items()
            if schema.get(key) is not None and schema[key] != []
        ]
        examples: list[object] = schema.get("examples") or []
        limits.extend(f"e.g. {one}" for one in examples[:1])
        words = self._resolved(schema.get("items", schema)).get("enum", [])
        if words:
            limits.append(f"one of {', '.join(map(str, words))}")
        about: str = schema.get("description", "")
        said = note if about in note else f"{note} {about}"
        return f"{_text(said)} <small>{escape('; '.join(limits))}</small>"

    def _inner(self, schema: Schema, above: tuple[str, ...]) -> str:
        """The members of an object, however wrapped in lists and choices."""
        ref = schema.get("$ref")
        if ref is not None:
            # A type inside itself is named there, not drawn again.
            return "" if ref in above else self._inner(self._resolved(schema), (*above, ref))
        members = "".join(
            self._member(name, one, above, required=name in schema.get("required", []))
            for name, one in schema.get("properties", {}).items()
        )
        if isinstance(schema.get("items"), dict):
            members += self._inner(schema["items"], above)
        choices = [one for one in _choices(schema) if one.get("type") != "null"]
        if len(choices) == 1:
            return members + self._inner(choices[0], above)
        return members + "".join(self._member("", one, above) for one in choices)

    def _type(self, schema: Schema) -> str:
        if "$ref" in schema:
            resolved = self._resolved(schema)
            return escape(resolved.get("title") or schema["$ref"].rpartition("/")[2])
        if choices := _choices(schema):
            return " | ".join(dict.fromkeys(self._type(one) for one in choices))
        if "const" in schema:
            return escape(repr(schema["const"]).replace("'", '"'))
        if "enum" in schema:
            return " | ".join(escape(str(one)) for one in schema["enum"])
        if isinstance(schema.get("items"), dict):
            return f"list of {self._type(schema['items'])}"
        kind = schema.get("type", "anything")
        return escape(schema.get("format") or (kind if isinstance(kind, str) else " | ".join(kind)))

    def _resolved(self, schema: Schema) -> Schema:
        ref = schema.get("$ref")
        return self._types.get(ref.rpartition("/")[2], {}) if ref else schema


def _choices(schema: Schema) -> list[Schema]:
    return schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf") or []


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(markdown: str) -> str:
    """Escaped text with its `code` marked, the only markup that docstrings use."""
    parts = escape(markdown.replace("``", "`")).split("`")
    return "".join(f"<code>{one}</code>" if at % 2 else one for at, one in enumerate(parts))


STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--dim:#666;--link:#0a58ca}
@media(prefers-color-scheme:dark){:root{--dim:#aaa;--link:#8ab4f8}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1rem}
a{color:var(--link)}
h1{margin:.2em 0}h2{text-transform:capitalize;margin:2rem 0 .6rem}h3{margin:1rem 0 .3rem}
small,em{color:var(--dim);font-weight:400;font-size:.85em}
code,var{font:.92em/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
var{color:var(--link)}
nav{display:flex;flex-wrap:wrap;gap:.4rem 1rem;padding:.6rem 0;border-bottom:1px solid var(--line)}
nav a{padding:.2rem 0}
summary{cursor:pointer}
.op{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;padding:0 .8rem}
.op[open]{padding-bottom:.6rem}
.op>summary{padding:.6rem 0;list-style:none}
.op>summary::-webkit-details-marker{display:none}
.op>summary span{display:block;color:var(--dim)}
.op>summary b{display:inline-block;min-width:5.4em;text-align:center;border-radius:.3rem;
font-size:.78em;padding:.15em .4em;color:#fff;background:#555}
.op>summary b.get{background:#1b6e3c}.op>summary b.post{background:#1d4f91}
.op>summary b.patch{background:#7a5200}.op>summary b.delete{background:#a02020}
.op ul{list-style:none;margin:.2rem 0;padding:0 0 0 .8rem;border-left:2px solid var(--line)}
.op li{padding:.15rem 0}
.roles i{font-style:normal;background:var(--soft);border:1px solid var(--line);
border-radius:1rem;padding:.1rem .6rem;margin:0 .2rem;white-space:nowrap;font-size:.85em}
.id{color:var(--dim);font-size:.85em}
"""
