"""Where a page can be opened and changed. No address is written anywhere: a fork's buttons open the fork.

BOOK_REPOSITORY (https://github.com/org/name; else the git remote "origin"), BOOK_BRANCH (else git's) and BINDER_URL
(else https://mybinder.org; empty: no Binder) are read when the book is built. Nothing known: no button. BOOK_URL is the
address at which the site is published; without it nothing on the site names an address of its own.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from website.theme import ROOT, relative_root

HOSTS = {"github.com": "gh", "gitlab.com": "gl"}  # and how Binder calls them
NOTEBOOK_SIZE = {False: 28, True: 48}  # MB that a lab loads the first time, without SciPy and with it


@dataclass(frozen=True)
class Repository:
    """A public repository of the book.

    Attributes
    ----------
    host, path, branch : str
        As in github.com, org/name, main.
    """

    host: str
    path: str
    branch: str

    @property
    def url(self):
        """Its page."""
        return f"https://{self.host}/{self.path}"

    def binder(self, server, page):
        """Return the address that opens a notebook on a Binder server."""
        name = self.path if self.host == "github.com" else quote(self.path, safe="")
        return (
            f"{server}/v2/{HOSTS[self.host]}/{name}/{quote(self.branch, safe='')}?urlpath={quote(f'lab/tree/{page}')}"
        )


def repository(environment=os.environ, folder=ROOT):
    """Return the repository that is known, or None. One that merely holds the course's folder is not the course's."""
    address = environment.get("BOOK_REPOSITORY")
    if address is None:
        top = git("rev-parse", "--show-toplevel", folder=folder)
        address = git("remote", "get-url", "origin", folder=folder) if top and Path(top).samefile(folder) else ""
    host, path = host_and_path(address)
    if host not in HOSTS or path.count("/") < 1:
        return None
    return Repository(host, path, environment.get("BOOK_BRANCH") or branch(folder))


def site_address(environment=os.environ):
    """Return the address at which the site is published, with a slash at its end; nothing if it is not known."""
    address = environment.get("BOOK_URL", "").rstrip("/")
    return f"{address}/" if address else ""


def install_words(known=None):
    """Return what to type where the course's package is missing."""
    known = known or repository()
    if known:
        return f'pip install "scalinglaws[book] @ git+{known.url}@{known.branch}"'
    return "pip install -e . in the folder of the course"


def git(*words, folder=ROOT):
    """Return what git answers; nothing where there is no git, or it refuses."""
    try:
        answer = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def branch(folder=ROOT):
    """Return the branch that others can fetch: what this one follows, itself, or the remote's first; else "main"."""
    for words in (
        ("rev-parse", "--abbrev-ref", "@{upstream}"),
        ("symbolic-ref", "--short", "HEAD"),
        ("symbolic-ref", "--short", "refs/remotes/origin/HEAD"),
    ):
        name = git(*words, folder=folder)
        if name:
            return name.removeprefix("origin/")
    return "main"


def host_and_path(address):
    """Return host and path of a repository's address: github.com, org/name. User, token, port, www. and .git do not count."""
    if "://" in address:
        parts = urlsplit(address)
        host, path = parts.hostname or "", parts.path
    else:
        start, _, path = address.partition(":" if re.match(r"[^/]*:", address) else "/")
        host = start.rpartition("@")[2].lower()
    return host.removeprefix("www."), path.strip("/").removesuffix(".git")


def configure(app, config):
    """Tell the theme about the repository, if there is one."""
    config.html_baseurl = site_address()
    known = app.book_repository = repository() if config.book_solutions else None  # it has the solutions
    if known:
        config.html_theme_options.update(
            repository_url=known.url,
            repository_branch=known.branch,
            use_repository_button=True,
            use_edit_page_button=True,
            use_issues_button=True,
        )


def buttons(app, pagename, templatename, context, doctree):
    """Put Binder on every notebook's page; and on a lab's page, before it, the lab that runs in the browser."""
    if doctree is None:
        return
    source = os.path.relpath(app.env.doc2path(pagename), app.srcdir).replace(os.sep, "/")
    known, server = app.book_repository, os.environ.get("BINDER_URL", "https://mybinder.org").rstrip("/")
    links = []
    if source.endswith(".ipynb") and known and server:
        address = known.binder(server, f"workbook/{source}")  # binder/postBuild puts copies there
        links.append({"type": "link", "text": "Binder", "tooltip": "Run on a server, in a few minutes", "url": address,
                      "icon": "fas fa-rocket", "label": "launch-binder"})  # fmt: skip
    if pagename.startswith("labs/") and app.config.book_browser_labs:
        address = f"{relative_root(pagename)}/lite/notebooks/index.html?path={app.lab_names.get(source, source)}"
        links.insert(0, {"type": "link", "text": "Run", "tooltip": "Run in your browser, nothing to install",
                         "url": address, "icon": "fas fa-play", "label": "launch-lite"})  # fmt: skip
        text = (ROOT / source).read_text("utf-8") if (ROOT / source).exists() else ""
        megabytes = NOTEBOOK_SIZE["import scipy" in text or "from scipy" in text]
        context["body"] = context["body"].replace("</h1>", "</h1>" + offer(address, megabytes, links[1:]), 1)
    context["header_buttons"][:0] = links
    if "cell_input" in context["body"]:  # book.js and layout.html do the rest
        context["header_buttons"].append({"type": "javascript", "javascript": "", "text": "", "tooltip": "Read without code",
                                          "icon": "fas fa-code", "label": "code-switch"})  # fmt: skip


def offer(address, megabytes, others):
    """Return the box under a lab's title: the button, and what to expect."""
    other = "".join(f' <a href="{link["url"]}">Or run it on Binder.</a>' for link in others)
    return (
        f'<div class="lab-run"><a class="run-button" href="{address}" target="_blank" rel="noopener">Run in your browser</a>'
        f"<p>Nothing to install. It loads about {megabytes} MB the first time and starts in half a minute; your changes stay in "
        f"this browser (Help, Clear Browser Data starts afresh). If nothing happens after a minute, leave private browsing, or close other labs and reload.{other}</p></div>"
    )


def setup(app):
    """Connect to the build."""
    app.connect("config-inited", configure, priority=100)
    app.connect("html-page-context", buttons, priority=800)
