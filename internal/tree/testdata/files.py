"""Writes files.tar.bz2, since Go packs no bzip2."""

import io
import tarfile

with tarfile.open("files.tar.bz2", "w:bz2", format=tarfile.USTAR_FORMAT) as t:
    for name, body in [("a", None), ("a/x.png", b"one"), ("a/y", b""), ("b/c/z.jpg", b"three")]:
        info = tarfile.TarInfo(name)
        if body is None:
            info.type = tarfile.DIRTYPE
            t.addfile(info)
        else:
            info.size = len(body)
            t.addfile(info, io.BytesIO(body))
