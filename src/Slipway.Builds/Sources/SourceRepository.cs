using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Builds;

/// <summary>A bare git repository that people push to; its branch is what gets built.</summary>
/// <param name="Name">Unique among the repositories of the service.</param>
/// <param name="Directory">The bare repository.</param>
/// <param name="Branch">The branch whose commits are built.</param>
public sealed record SourceRepository(string Name, string Directory, string Branch = "main")
{
    internal Git Git { get; } = new(Directory);

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
