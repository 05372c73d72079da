"""JupyterHub for one class, where the browser alone is not enough: one machine, one notebook server for each student.

    pip install jupyterhub jupyterhub-idle-culler jupyterhub-systemdspawner nbgitpuller jupyterlab
    pip install "scalinglaws[book] @ git+ADDRESS_OF_YOUR_COPY"
    npm install -g configurable-http-proxy
    CLASS_PASSWORD=... CLASS_ROSTER=roster.txt jupyterhub -f teaching/server/jupyterhub_config.py

The roster has one login a line. A proxy with a certificate stands before it. Students open a link of nbgitpuller, below.
HUB_SPAWNER=simple is for a trial by yourself: all servers then run as you.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821  JupyterHub gives it

c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# One password for the class: whoever has it can log in as any student. A school's own log-in is better; for it, change
# these three lines (https://jupyterhub.readthedocs.io: authenticators).
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["CLASS_PASSWORD"]
c.Authenticator.allowed_users = set(Path(os.environ["CLASS_ROSTER"]).read_text("utf-8").split())

# Each server is a system service under an account of its own, with a limit of memory: JupyterLab takes 0.12 GB, the kernel of
# each open lab 0.15 GB.
c.JupyterHub.spawner_class = os.environ.get("HUB_SPAWNER", "systemd")
c.SystemdSpawner.dynamic_users = True
c.SystemdSpawner.mem_limit = "1G"
c.SystemdSpawner.cpu_limit = 1.0
c.Spawner.default_url = "/lab"
c.Spawner.environment = {"OPENBLAS_NUM_THREADS": "1"}
c.Spawner.start_timeout = 120
c.JupyterHub.concurrent_spawn_limit = 20  # a class that logs in at once waits in line

# Who has left gives the memory back after half an hour.
c.JupyterHub.services = [
    {"name": "cull", "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=1800"]},
]
c.JupyterHub.load_roles = [
    {
        "name": "cull",
        "services": ["cull"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    },
]

# The link for students, with your repository of the students' notebooks (make students) in the place of REPOSITORY. A
# correction that you push comes with the next click, except into a cell that the student has changed: that one stays.
# https://ADDRESS/hub/user-redirect/git-pull?repo=REPOSITORY&branch=main&urlpath=lab/tree/NAME/labs/2-plan-a-run.ipynb
