namespace Slipway.Harbor;

/// <summary>The change that a maintainer of Harbor makes: a patch to hello, and a new changelog entry of jq.</summary>
internal static class Change
{
    public static async Task ApplyAsync(string clone, string sample, CancellationToken cancellation)
    {
        var patches = Directory.CreateDirectory(Path.Combine(clone, "projects/harbor/hello/debian/patches")).FullName;
        File.Copy(Path.Combine(sample, "change/harbor-greeting.patch"), Path.Combine(patches, "harbor-greeting.patch"));
        await File.AppendAllTextAsync(Path.Combine(patches, "series"), "harbor-greeting.patch\n", cancellation);
        await BumpAsync(clone, "hello", "Greet from Harbor.", cancellation);
        await BumpAsync(clone, "jq", "Rebuild for Harbor.", cancellation);
        await Programs.RunAsync("git", ["-C", clone, "add", "--all"], cancellation);
        await CommitAsync(clone, "Greet from Harbor", cancellation);
    }

    /// <summary>Raises a package's version by the sample's own script.</summary>
    public static Task BumpAsync(string clone, string package, string text, CancellationToken cancellation) =>
        Programs.RunAsync(Path.Combine(clone, "bump"), [package, text], cancellation);

    public static Task<string> CommitAsync(string clone, string subject, CancellationToken cancellation) =>
        Programs.RunAsync("git", ["-C", clone, "-c", "user.name=Ada Pilot", "-c", "user.email=ada@harbor.example", "commit", "--quiet", "--message", subject], cancellation);
}
