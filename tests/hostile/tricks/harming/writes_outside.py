# trick: writes, links, renames and mounts outside its own folders
# with the right answer: full
# %% wrap
import os
import sys

places = ["/", "/usr", "/etc", "/dev", "/proc", "/proc/sys/kernel/core_pattern", "/sys", "/run", os.path.dirname(torch.__file__), *sys.path, *HOST_PATHS]
for place in filter(None, places):
    if place.startswith(("/home/student", "/tmp")) and not (place in HOST_PATHS and os.path.exists(place)):
        continue  # its own scratch, also where the course lies in the host's /tmp
    for path in (place, os.path.join(place, "autoregrade-hostile")):
        try:
            with open(path, "ab") as file:
                file.write(b"x")
            STOLEN.append(("wrote", path))
        except OSError:
            pass
        try:
            os.link("/etc/passwd", path + ".link")
            STOLEN.append(("linked", path))
        except OSError:
            pass
print("SEARCHED")
