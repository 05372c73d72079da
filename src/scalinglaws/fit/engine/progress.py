"""What is left of long work, said on the screen."""

import sys
import time

PATIENCE = 10.0  # seconds of work, done and still to come, before anything is said
STEP = 1.0  # seconds between two lines


class Progress:
    """Says on stderr how much of `total` is done, and how many seconds the rest will take, if the work is long.

    Call it with what is done; `close` it at the end.
    """

    def __init__(self, total, what):
        self.total, self.what, self.began, self.said = total, what, time.process_time(), None

    def __call__(self, done):
        """Say what is left, as a rule of three, over what was said before."""
        spent = time.process_time() - self.began
        left = spent * (self.total - done) / max(done, 1)
        if done and spent >= PATIENCE and (self.said or left >= PATIENCE) and spent - (self.said or 0) >= STEP:
            self.said = spent
            print(f"\r{done} of {self.total} {self.what}, {left:.0f} s left   ", end="", file=sys.stderr, flush=True)

    def close(self):
        """End the line, if there is one."""
        if self.said:
            print(f"\r{self.total} {self.what}, {time.process_time() - self.began:.0f} s   ", file=sys.stderr)
