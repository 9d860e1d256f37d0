# trick: walks the whole file system for tests, reference, gradebook, key, submissions and their .pyc files
# limits: cell_seconds=60
# %% wrap
import os

wanted = ("misconceptions", "test_create_causal_mask", "gradebook.db", "classwide", "nbgrader_config.py", "autograded", "submitted")
open("canary-file", "w").close()
seen = False
for folder, folders, files in os.walk("/"):
    if folder.startswith(("/proc", "/sys")):
        folders.clear()
        continue
    if "/nbgrader/" in folder:  # the public package has examples of such files
        continue
    for name in [*files, *folders]:
        seen |= name == "canary-file"
        if name.startswith(wanted) or (name == "key" and folder.endswith(".grader")):
            STOLEN.append(os.path.join(folder, name))
for path in (*HOST_PATHS, "/root", "/proc/1/root" + HOST_PATHS[0], "/proc/self/root" + HOST_PATHS[0], "/home/student/../.." + HOST_PATHS[0]):
    try:
        STOLEN.append((path, os.listdir(path) if os.path.isdir(path) else open(path).read(20)))
        if not STOLEN[-1][1]:
            STOLEN.pop()
    except OSError:
        pass
if seen:
    print("SEARCHED")
