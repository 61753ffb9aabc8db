"""npm packages that tests need: installed once for all workers, one at a time, and tried."""

import contextlib
import fcntl
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[1] / "build" / "node"
QUIETLY = ("--no-audit", "--no-fund", "--ignore-scripts")
TRIES = 2


def node(folder, *command, timeout_s=60, **more):
    """Run a program of node in ``folder``."""
    return subprocess.run(  # noqa: S603 -- the command is ours
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=timeout_s, **more
    )


def installed(name, packages):
    """A folder in which these packages can be imported; the test is skipped if they cannot be had.

    The manifest's digest is in the folder's name, so another version is another folder.
    """
    manifest = json.dumps({"private": True, "type": "module", "dependencies": packages})
    digest = hashlib.sha256(manifest.encode()).hexdigest()[:12]
    folder = BUILD / f"{name}-{digest}"
    with _alone():
        if not folder.exists():
            _install(folder, {"package.json": manifest}, "install", packages)
    return folder


def installed_from(source):
    """The same for a folder that has a lock file; what it holds is copied beside its packages."""
    files = {one.name: one.read_text() for one in source.iterdir() if one.is_file()}
    digest = hashlib.sha256(files["package-lock.json"].encode()).hexdigest()[:12]
    folder = BUILD / f"{source.name}-{digest}"
    packages = json.loads(files["package.json"])["dependencies"]
    with _alone():
        if not folder.exists():
            _install(folder, files, "ci", packages)
        for file, text in files.items():
            (folder / file).write_text(text)
    return folder


@contextlib.contextmanager
def _alone():
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs node and npm")
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(folder, files, how, packages):
    """Install beside ``folder`` and move there only what is whole: npm calls half a tree done."""
    aside = folder.with_suffix(".new")
    for _ in range(TRIES):
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        for name, text in files.items():
            (aside / name).write_text(text)
        done = node(aside, "npm", how, *QUIETLY, timeout_s=150)
        whole = node(aside, "npm", "ls", "--all")
        if done.returncode == 0 == whole.returncode and _there(aside, packages):
            aside.rename(folder)
            return
    pytest.skip(f"npm cannot install {', '.join(packages)}: {(done.stderr or whole.stderr)[-200:]}")


def _there(folder, packages):
    """Whether every package and all it needs has the files that its manifest names."""
    look = """
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
const top = path.resolve("node_modules");
const missing = [];
const look = folder => {
  for (const one of fs.readdirSync(folder, { withFileTypes: true })) {
    if (!one.isDirectory() || one.name === ".bin") continue;
    const at = path.join(folder, one.name);
    if (one.name.startsWith("@")) { look(at); continue; }
    const file = path.join(at, "package.json");
    if (!fs.existsSync(file)) { missing.push(at); continue; }
    const { main } = JSON.parse(fs.readFileSync(file));
    if (main) try { createRequire(file).resolve("./" + main); } catch { missing.push(main); }
    if (fs.existsSync(path.join(at, "node_modules"))) look(path.join(at, "node_modules"));
  }
};
look(top);
process.exit(missing.length);
"""
    return node(folder, "node", "--input-type=module", "--eval", look).returncode == 0
