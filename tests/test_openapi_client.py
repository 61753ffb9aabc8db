"""The OpenAPI file makes a typed client that accepts right calls and refuses wrong ones."""

from pathlib import Path

import pytest
from node_packages import installed, node

TOP = Path(__file__).parents[1]
PACKAGES = {"openapi-fetch": "0.17.0", "openapi-typescript": "7.13.0", "typescript": "5.9.3"}
OPTIONS = (
    *("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"),
    *("--module", "esnext", "--moduleResolution", "bundler"),
)
SEND = """\
import createClient from "openapi-fetch";
import type { paths } from "./doorstep";

const client = createClient<paths>({ baseUrl: "https://doorstep.example.org" });

export async function start(email: string): Promise<string> {
  const { data, error } = await client.POST("/sign-in/codes", {
    body: { organization: "north-side", EMAIL },
  });
  if (error) throw new Error(error.detail);
  return data.request_id;
}
"""


@pytest.fixture(scope="module")
def client():
    folder = installed("openapi-client", PACKAGES)
    schema = TOP / "openapi" / "openapi.json"
    made = npx(folder, "openapi-typescript", str(schema), "--output", "doorstep.d.ts")
    assert made.returncode == 0, made.stderr
    return folder


def npx(folder, *command):
    return node(folder, "npx", "--no-install", *command)


def compiled(folder, name, source):
    file = folder / f"{name}.ts"
    file.write_text(source)
    return npx(folder, "tsc", *OPTIONS, file.name)


def test_a_right_call_compiles(client):
    done = compiled(client, "right", SEND.replace("EMAIL", "email"))
    assert done.returncode == 0, done.stdout


def test_a_wrong_body_does_not_compile(client):
    done = compiled(client, "wrong", SEND.replace("EMAIL", "mail: email"))
    assert done.returncode != 0
    assert "'mail' does not exist" in done.stdout
