using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Builds;

/// <summary>A bare git repository that people push to; its branch is what gets built.</summary>
/// <param name="Name">Unique among the repositories of the service.</param>
/// <param name="Directory">The bare repository.</param>
/// <param name="Branch">The branch whose commits are built.</param>
public sealed record SourceRepository(string Name, string Directory, string Branch = "main")
{
    private const string OriginFile = "slipway-origin";

    internal Git Git { get; } = new(Directory);

    /// <summary>Where the branch is fetched from, and which one it is there: null where people push here.</summary>
    public (string Url, string Branch)? Origin => File.Exists(Path.Combine(Directory, OriginFile)) && File.ReadAllLines(Path.Combine(Directory, OriginFile)) is [var url, var branch] ? (url, branch) : null;

    /// <summary>Says where the branch is fetched from; it stays so for every process that uses the repository.</summary>
    /// <param name="branch">Unset: the one that the origin calls its own.</param>
    public void FetchFrom(string url, string? branch) => AtomicFile.WriteText(Path.Combine(Directory, OriginFile), $"{url}\n{(string.IsNullOrEmpty(branch) ? "HEAD" : $"refs/heads/{branch}")}\n");

    /// <summary>Gets the origin's newest commit, also where its history was rewritten. Does nothing without an origin.</summary>
    public void Update(CancellationToken cancellation = default)
    {
        if (Origin is { } origin) Git.Fetch(origin.Url, cancellation, $"+{origin.Branch}:refs/heads/{Branch}");
    }

    /// <summary>The newest commit of the branch; null before the first push.</summary>
    public string? Head() => Git.ResolveRef($"refs/heads/{Branch}");

    /// <summary>Makes the bare repository when it is missing, and its hook, which only touches the doorbell file.</summary>
    public static SourceRepository Open(string name, string directory, string doorbell, string branch = "main")
    {
        Git.Init(directory, bare: true, branch);
        var hooks = Path.Combine(directory, "hooks");
        System.IO.Directory.CreateDirectory(hooks);
        if (doorbell.Contains('\'', StringComparison.Ordinal)) throw new SlipwayException($"Cannot make the hook of {directory}", $"the path {doorbell} holds a quote", "a data directory without quotes in its path");
        AtomicFile.WriteText(Path.Combine(hooks, "post-receive"), $"#!/bin/sh\nexec touch '{doorbell}'\n", 0x1ED);
        return new SourceRepository(name, directory, branch);
    }

    internal SourceTree TreeAt(string commit) => new(Git.ListTree(commit).Select(entry => entry.Path));
}
