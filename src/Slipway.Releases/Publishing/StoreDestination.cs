using System.Text;
using Slipway.Content;

namespace Slipway.Releases.Publishing;

/// <summary>
/// Whatever rclone reaches, S3-compatible stores above all. There are no links there: an object has the text of the version that a link would
/// lead to. Objects change one by one, each signature before what it signs.
/// </summary>
/// <param name="remote">As <c>NAME:PATH</c>.</param>
internal sealed class StoreDestination(string remote, string configuration, string scratch, CancellationToken cancellation) : Destination
{
    public override void Put(string from, string path, ContentInventory inventory)
    {
        var to = $"{remote.TrimEnd('/')}/{path}";
        Rclone($"write {to}", "copy", "--size-only", from, to);
        // A store gives back the checksum that it took of what it has; where it has none, the bytes are read back.
        Rclone($"verify {to}", "check", "--one-way", from, to);
    }

    public override void Point(PointerChange change)
    {
        var channel = $"channels/{change.Channel}";
        var version = StreamPlaces.Text(change.Version);
        foreach (var file in PointersOf(Path.Combine(change.Www, channel)))
        {
            Object(Path.Combine(change.Www, channel, file), $"update/{channel}/{file}");
            if (change.Leads && file.StartsWith("version/", StringComparison.Ordinal))
                Object(Path.Combine(change.Www, channel, file), $"update/{file}");
        }
        Object(Path.Combine(change.Www, ReleasePublisher.CertificateFile), $"update/{ReleasePublisher.CertificateFile}");
        if (!change.Leads)
            return;
        var text = Path.Combine(scratch, "latest");
        AtomicFile.Write(text, Encoding.ASCII.GetBytes(version));
        foreach (var pointer in new[] { "update/latest", "releases/latest", "latest" })
            Object(text, pointer);
    }

    /// <summary>In the order in which they are written: formats before the newest version, the channel's own pointer last, signatures first.</summary>
    private static List<string> PointersOf(string directory)
    {
        using var tree = RootedTree.Open(directory);
        return [.. tree.Walk().Where(e => e.Stat.Type == NodeType.Regular).Select(e => e.Path.ToString())
            .OrderBy(p => p.StartsWith("version/format", StringComparison.Ordinal) ? 0 : p.StartsWith("version/", StringComparison.Ordinal) ? 1 : 2)
            .ThenBy(p => !p.EndsWith(".sig", StringComparison.Ordinal)).ThenBy(p => p, StringComparer.Ordinal)];
    }

    private void Object(string from, string path)
    {
        var to = $"{remote.TrimEnd('/')}/{path}";
        Rclone($"write {to}", "copyto", "--ignore-times", "--copy-links", from, to);
    }

    private void Rclone(string what, string verb, params string[] arguments)
    {
        Directory.CreateDirectory(scratch);
        Run(what, "rclone", [verb, "--config", configuration, "--fast-list", "--transfers", "8", "--checkers", "8", "--retries", "3", "--low-level-retries", "3", "--contimeout", "10s", .. arguments], scratch, cancellation);
    }
}
