namespace Slipway.Builds.Conversion;

/// <summary>The package that every converted package needs: the directories, the links of a merged /usr, and the accounts files may belong to.</summary>
internal static class BaseFilesystem
{
    internal const string Name = "slipway-filesystem";

    internal static readonly (string Path, string Mode)[] Directories =
    [
        ("/boot", "755"), ("/dev", "755"), ("/etc", "755"), ("/home", "755"), ("/mnt", "755"), ("/opt", "755"), ("/proc", "755"), ("/root", "700"), ("/run", "755"),
        ("/srv", "755"), ("/sys", "755"), ("/tmp", "1777"), ("/usr", "755"), ("/usr/bin", "755"), ("/usr/include", "755"), ("/usr/lib", "755"), ("/usr/lib64", "755"),
        ("/usr/local", "755"), ("/usr/sbin", "755"), ("/usr/share", "755"), ("/usr/share/doc", "755"), ("/usr/share/info", "755"), ("/usr/share/locale", "755"),
        ("/usr/share/man", "755"), ("/usr/src", "755"), ("/var", "755"), ("/var/cache", "755"), ("/var/lib", "755"), ("/var/log", "755"), ("/var/spool", "755"), ("/var/tmp", "1777"),
    ];

    internal static readonly (string Path, string Target)[] Links = [("/bin", "usr/bin"), ("/sbin", "usr/sbin"), ("/lib", "usr/lib"), ("/lib64", "usr/lib64")];

    internal static readonly (string Path, string Text)[] Files =
    [
        ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nman:x:6:12:man:/var/cache/man:/usr/sbin/nologin\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
        ("/etc/group", "root:x:0:\ntty:x:5:\ndisk:x:6:\nmail:x:8:\nman:x:12:\nshadow:x:42:\nutmp:x:43:\nstaff:x:50:\nnogroup:x:65534:\n"),
    ];

    /// <summary>True for a path that this package has and another must not claim.</summary>
    internal static bool Owns(string path) => Directories.Any(d => d.Path == path) || Links.Any(l => l.Path == path);

    /// <summary>Shell commands that make the tree in the working directory.</summary>
    internal static IEnumerable<string> Commands =>
    [
        .. Directories.Select(d => $"mkdir -m {d.Mode} .{d.Path}"),
        .. Links.Select(l => $"ln -s {l.Target} .{l.Path}"),
        .. Files.Select(f => $"printf '{f.Text.Replace("\n", "\\n", StringComparison.Ordinal)}' > .{f.Path}"),
    ];
}
