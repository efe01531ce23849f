using System.Text;

namespace Slipway.Harbor;

/// <summary>The change that a maintainer of Harbor makes: a patch to hello, and a new changelog entry of jq.</summary>
internal static class Change
{
    public static async Task ApplyAsync(string clone, string sample, CancellationToken cancellation)
    {
        var hello = Path.Combine(clone, "projects/harbor/hello");
        var patches = Directory.CreateDirectory(Path.Combine(hello, "debian/patches")).FullName;
        File.Copy(Path.Combine(sample, "change/harbor-greeting.patch"), Path.Combine(patches, "harbor-greeting.patch"));
        await File.AppendAllTextAsync(Path.Combine(patches, "series"), "harbor-greeting.patch\n", cancellation);
        NextRevision(Path.Combine(hello, "hello.spec"), "Release:        1.harbor1", "Release:        1.harbor2");
        NextRevision(Path.Combine(hello, "PKGBUILD"), "pkgrel=1", "pkgrel=2");
        NewEntry(Path.Combine(hello, "debian/changelog"), "Greet from Harbor.");
        NewEntry(Path.Combine(clone, "projects/harbor/jq/debian/changelog"), "Rebuild for Harbor.");
        await Programs.RunAsync("git", ["-C", clone, "add", "--all"], cancellation);
        await CommitAsync(clone, "Greet from Harbor", cancellation);
    }

    public static Task<string> CommitAsync(string clone, string subject, CancellationToken cancellation) =>
        Programs.RunAsync("git", ["-C", clone, "-c", "user.name=Ada Pilot", "-c", "user.email=ada@harbor.example", "commit", "--quiet", "--message", subject], cancellation);

    /// <summary>Puts an entry with the next +harborN revision on top of a Debian changelog.</summary>
    public static void NewEntry(string changelog, string text)
    {
        var before = File.ReadAllText(changelog);
        var head = before[..before.IndexOf('\n', StringComparison.Ordinal)];
        var version = head[(head.IndexOf('(', StringComparison.Ordinal) + 1)..head.IndexOf(')', StringComparison.Ordinal)];
        var at = version.LastIndexOf("+harbor", StringComparison.Ordinal) + "+harbor".Length;
        var next = version[..at] + (int.Parse(version[at..]) + 1);
        var signature = before.Split('\n').First(line => line.StartsWith(" -- ", StringComparison.Ordinal));
        File.WriteAllText(changelog, $"{head.Replace(version, next, StringComparison.Ordinal)}\n\n  * {text}\n\n{signature}\n\n{before}", new UTF8Encoding(false));
    }

    public static void NextRevision(string file, string from, string to)
    {
        var text = File.ReadAllText(file);
        if (!text.Contains(from, StringComparison.Ordinal)) throw new JobException($"{file} has no \"{from}\"");
        File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
    }
}
