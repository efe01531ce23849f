using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

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
        NextRelease(hello);
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
        var revision = Regex.Match(version, @"\+harbor(\d+)$");
        var next = revision.Success
            ? $"{version[..revision.Index]}+harbor{int.Parse(revision.Groups[1].Value, CultureInfo.InvariantCulture) + 1}"
            : version + "+harbor1";
        var signature = before.Split('\n').First(line => line.StartsWith(" -- ", StringComparison.Ordinal));
        File.WriteAllText(changelog, $"{head.Replace(version, next, StringComparison.Ordinal)}\n\n  * {text}\n\n{signature}\n\n{before}", new UTF8Encoding(false));
    }

    /// <summary>Counts up the release number of the rpm and the pacman recipe.</summary>
    public static void NextRelease(string package)
    {
        CountUp(Path.Combine(package, "hello.spec"), @"(?<=^Release:\s+1\.harbor)\d+");
        CountUp(Path.Combine(package, "PKGBUILD"), @"(?<=^pkgrel=)\d+");
    }

    private static void CountUp(string file, string number)
    {
        var text = File.ReadAllText(file);
        var next = Regex.Replace(text, number, match => (int.Parse(match.Value, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture), RegexOptions.Multiline);
        if (next == text) throw new JobException($"{file} has no release number");
        File.WriteAllText(file, next);
    }
}
