namespace Slipway.Sandbox;

/// <summary>
/// Programs of other architectures. Since Linux 6.7 a user namespace has its own list of who interprets them, so that a sandbox can have one
/// without anything of the machine being changed.
/// </summary>
public static class ForeignPrograms
{
    // As systemd looks for them; the first that has the file decides.
    private static readonly string[] Directories = ["/etc/binfmt.d", "/usr/local/lib/binfmt.d", "/usr/lib/binfmt.d"];

    private const int MaxBytes = 64 << 10;

    private const string Trial = """
        mount -t binfmt_misc slipway /proc/sys/fs/binfmt_misc && test -w /proc/sys/fs/binfmt_misc/register
        """;

    private static readonly Lazy<bool> IsOffered = new(() =>
        ChildProcess.Run(new("unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", Trial)).Succeeded);

    /// <summary>True where the kernel lets a user namespace have interpreters of its own.</summary>
    public static bool AreOffered => IsOffered.Value;

    /// <summary>How an installed qemu says that it is to be registered (binfmt.d(5)), or null. Only one that the kernel opens at once, since a root does not have it.</summary>
    /// <param name="machine">qemu's name of the architecture.</param>
    /// <param name="directories">Where to look. Unset: where systemd does.</param>
    public static string? Find(string machine, params string[] directories)
    {
        foreach (var directory in directories.Length > 0 ? directories : Directories)
        {
            var file = new[] { $"qemu-{machine}.conf", $"qemu-{machine}-static.conf" }.Select(n => new FileInfo(Path.Combine(directory, n))).FirstOrDefault(f => f.Exists);
            if (file is { Length: < MaxBytes })
                return File.ReadLines(file.FullName).Select(l => l.Trim()).FirstOrDefault(IsUsable);
        }
        return null;
    }

    // :name:type:offset:magic:mask:interpreter:flags, with any character in the place of the colon.
    private static bool IsUsable(string line) =>
        line.Length > 0 && line[0] is not ('#' or ';') && line.Split(line[0]) is ["", _, "M", _, _, _, var interpreter, var flags]
        && flags.Contains('F', StringComparison.Ordinal) && File.Exists(interpreter);
}
