"""Not a scenario: tokens in software, FIDO's behind ssh-sk-helper and SoftHSM's behind ssh-pkcs11-helper."""
import pathlib
import sysconfig

from harness import Skip, check, run

PIN = "1234"
LIBC = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}/libc.so.6"
LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
KINDS = {"rsa": ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
         "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "p521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
         "ed25519": ["ed25519"]}


def fido_library(world):
    path = world.bin / "soft-token.so"
    if not path.exists():
        raise Skip(f"the token in software is not built: {path}")
    return str(path)


def token(world, **more):
    """The environment of a token of one's own."""
    folder = world.new_folder("token")
    return {"SSH_SK_PROVIDER": fido_library(world), "SOFT_TOKEN_FOLDER": str(folder), **more}


def make(world, env, kind, *options, folder=None):
    path = (folder or world.new_folder("made")) / f"id_{kind}"
    options = [word for option in options for word in ("-O", option)]
    run([world.ours("ssh-keygen"), "-q", "-t", kind, "-N", "", "-C", kind, "-f", path, *options],
        env=world.client_environment(**env)).succeeded()
    return path


def pkcs11_library():
    for path in LIBRARIES:
        if pathlib.Path(path).exists():
            return path
    raise Skip("SoftHSM is not installed")


class Token:
    """A token of one's own, with a key of each kind; `public` has their lines as the library lists them.  It may be one of
    the same library as another that is there."""

    def __init__(self, world, kinds=tuple(KINDS), label="nacre", pin=PIN, beside=None):
        folder = world.new_folder("softhsm")
        (folder / "tokens").mkdir()
        config = world.new_file("softhsm2.conf", f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n"
                                                 "log.level = ERROR\nslots.removable = false\n")
        self.library, self.env = pkcs11_library(), beside.env if beside else {"SOFTHSM2_CONF": str(config)}
        self.label, self.pin = label, pin
        env = world.client_environment(**self.env)
        tool, openssl = world.peer("softhsm2-util"), world.peer("openssl")
        run([tool, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "12345678"], env=env).succeeded()
        for number, kind in enumerate(kinds, 1):
            plain, packed = folder / kind, folder / f"{kind}.p8"
            run([openssl, "genpkey", "-algorithm", *KINDS[kind], "-out", plain]).succeeded()
            run([openssl, "pkcs8", "-topk8", "-nocrypt", "-in", plain, "-out", packed]).succeeded()
            run([tool, "--token", label, "--label", kind, "--id", f"0{number}", "--pin", pin, "--import", packed],
                env=env).succeeded()
        listed = run([world.ours("ssh-keygen"), "-D", self.library], env=env).succeeded().out.decode().splitlines()
        listed = [line for line in listed if not beside or line not in beside.public.values()]
        check(len(listed) == len(kinds), "not every key is listed", listed)
        self.public = {line.split()[2]: line for line in listed}

    def public_file(self, world, kind):
        path = world.new_file(f"{kind}")
        pathlib.Path(f"{path}.pub").write_text(self.public[kind] + "\n")
        return path
