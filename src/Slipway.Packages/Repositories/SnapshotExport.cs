using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Repositories;

/// <summary>What an export wrote.</summary>
/// <param name="Pointers">Files that have other content in each snapshot; written after everything that they name.</param>
public sealed record ExportReport(string Repository, long Snapshot, string To, int Content, int Pointers);

/// <summary>
/// Writes a snapshot elsewhere: what never changes first, pointers last, signatures before what they sign. What earlier exports wrote stays,
/// so that a client which is half-way through an older one still finds what that names.
/// </summary>
/// <param name="files">Path below the target, and the file to copy.</param>
internal sealed class SnapshotExport(IReadOnlyList<(string Path, string Source)> files)
{
    /// <summary>The turns of pointers; within one, no file names another.</summary>
    private enum Turn { Content, Indexes, Signatures, Pointers }

    private IEnumerable<(Turn Turn, List<(string Path, string Source)> Files)> Turns =>
        files.GroupBy(file => TurnOf(file.Path)).OrderBy(turn => turn.Key).Select(turn => (turn.Key, turn.OrderBy(file => file.Path, StringComparer.Ordinal).ToList()));

    public int Pointers => files.Count(file => TurnOf(file.Path) != Turn.Content);

    /// <summary>Into a directory; each file appears whole, by a rename.</summary>
    public void ToDirectory(string directory)
    {
        using var target = RootedTree.OpenOrCreate(directory);
        foreach (var (turn, some) in Turns)
        {
            foreach (var (path, source) in some) Place(target, turn, BytePath.From(path), source);
            // A pointer must not reach the disk before what it names.
            target.SyncAll();
        }
    }

    /// <summary>To a store that rclone knows, in as many runs as there are turns: a later one begins when the earlier has succeeded.</summary>
    /// <param name="remote">As <c>NAME:PATH</c>.</param>
    /// <param name="configuration">rclone's file with the stores' addresses and credentials.</param>
    public void ToStore(string remote, string configuration, string scratch, CancellationToken cancellation)
    {
        using var stage = RootedTree.OpenOrCreate(scratch);
        // rclone makes a directory for its configuration below HOME even where it is told to use another file.
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["HOME"] = scratch, ["LANG"] = "C.UTF-8" };
        foreach (var (turn, some) in Turns)
        {
            var name = BytePath.From(turn.ToString());
            foreach (var (path, source) in some)
            {
                var place = name.Join(BytePath.From(path));
                stage.MakeDirectories(place.Parent);
                stage.MakeSymlink(place, BytePath.From(source));
            }
            // Content has its name for ever, so its size tells whether it is there whole; a pointer of the same size may be another.
            string[] how = turn == Turn.Content ? ["--size-only"] : ["--ignore-times"];
            ChildProcess.Run(new ChildCommand("rclone", ["copy", "--config", configuration, "--copy-links", "--transfers", "8", "--retries", "3", .. how, Path.Combine(scratch, turn.ToString()), remote]) { Environment = environment }, cancellation)
                .Require($"writing {turn.ToString().ToLowerInvariant()} to {remote}");
        }
    }

    private static void Place(RootedTree target, Turn turn, BytePath path, string source)
    {
        if (turn == Turn.Content && target.Stat(path) is { } there && there.Size == new FileInfo(source).Length) return;
        target.MakeDirectories(path.Parent);
        var temporary = path.Parent.Join(BytePath.From($".{path.Name}.new"));
        target.Remove(temporary);
        using (var content = File.OpenRead(source)) target.WriteFile(temporary, content, 0x1a4, sync: false);
        target.Rename(temporary, path);
    }

    private static Turn TurnOf(string path)
    {
        var name = Path.GetFileName(path);
        if (name is "InRelease" or "Release" && path.Count(c => c == '/') == 2) return Turn.Pointers;
        if (name is "repomd.xml" || name.EndsWith(".db", StringComparison.Ordinal) || name.EndsWith(".files", StringComparison.Ordinal)) return Turn.Pointers;
        if (name is "Release.gpg" or "repomd.xml.asc" || name.EndsWith(".db.sig", StringComparison.Ordinal) || name.EndsWith(".files.sig", StringComparison.Ordinal)) return Turn.Signatures;
        var isForEver = path.StartsWith("pool/", StringComparison.Ordinal) || path.Contains("/by-hash/", StringComparison.Ordinal) || name.EndsWith(".rpm", StringComparison.Ordinal)
            || name.Contains(".pkg.tar.", StringComparison.Ordinal) || (path.StartsWith("repodata/", StringComparison.Ordinal) && name.IndexOf('-', StringComparison.Ordinal) == 64);
        return isForEver ? Turn.Content : Turn.Indexes;
    }
}
