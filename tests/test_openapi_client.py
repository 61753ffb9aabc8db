"""The OpenAPI file makes a typed client that accepts right calls and refuses wrong ones."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
HERE = TOP / "build" / "openapi-client"
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


def node(*command):
    return subprocess.run(  # noqa: S603 -- the command is ours
        ["npx", "--no-install", *command],  # noqa: S607
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def client():
    if not (shutil.which("node") and shutil.which("npm") and shutil.which("npx")):
        pytest.skip("needs node, npm and npx")
    HERE.mkdir(parents=True, exist_ok=True)
    manifest = json.dumps({"private": True, "dependencies": PACKAGES})
    file = HERE / "package.json"
    installed = (HERE / "node_modules").is_dir()
    if not (installed and file.exists() and file.read_text() == manifest):
        file.write_text(manifest)
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(  # noqa: S603 -- the command is ours
            install, cwd=HERE, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode != 0:
            file.unlink()
            pytest.skip(f"npm cannot install: {done.stderr.strip()[-200:]}")
    schema = TOP / "openapi" / "openapi.json"
    made = node("openapi-typescript", str(schema), "--output", "doorstep.d.ts")
    assert made.returncode == 0, made.stderr


def compiled(name, source):
    file = HERE / f"{name}.ts"
    file.write_text(source)
    return node("tsc", *OPTIONS, file.name)


def test_a_right_call_compiles(client):
    done = compiled("right", SEND.replace("EMAIL", "email"))
    assert done.returncode == 0, done.stdout


def test_a_wrong_body_does_not_compile(client):
    done = compiled("wrong", SEND.replace("EMAIL", "mail: email"))
    assert done.returncode != 0
    assert "'mail' does not exist" in done.stdout
