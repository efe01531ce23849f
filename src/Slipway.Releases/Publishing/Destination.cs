using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Releases.Publishing;

/// <summary>What devices and others are told when a channel is switched.</summary>
/// <param name="Www">The stream's own published tree, whose pointers are switched already.</param>
/// <param name="Leads">True for the channel that the stream's own version address follows.</param>
internal sealed record PointerChange(string Www, string Channel, bool Leads, uint Version);

/// <summary>
/// A place that a stream is published to, in the ancestor's layout: <c>update/</c> is the stream's own tree, <c>releases/V/</c> what belongs
/// to a version, and <c>latest</c> says which is the newest.
/// </summary>
internal abstract class Destination
{
    /// <summary>Puts a directory that never changes again there, and reads it back: when this returns, all of it is there as recorded.</summary>
    public abstract void Put(string from, string path, ContentInventory inventory);

    /// <summary>Switches a channel: what devices read first, then what people read.</summary>
    public abstract void Point(PointerChange change);

    /// <param name="configuration">rclone's file with stores and their credentials.</param>
    /// <param name="scratch">A directory for what has to be laid out before it is sent.</param>
    public static Destination Of(string to, string configuration, string scratch, CancellationToken cancellation)
    {
        if (Path.IsPathRooted(to))
            return new DirectoryDestination(to);
        if (to.StartsWith("ssh://", StringComparison.Ordinal))
            return new RsyncDestination(new Uri(to), scratch, cancellation);
        return new StoreDestination(to, configuration, scratch, cancellation);
    }

    protected static string Run(string what, string program, IReadOnlyList<string> arguments, string home, CancellationToken cancellation)
    {
        Directory.CreateDirectory(home);
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["HOME"] = home, ["LANG"] = "C.UTF-8" };
        var result = ChildProcess.Run(new ChildCommand(program, arguments) { Environment = environment }, cancellation);
        if (!result.Succeeded)
        {
            var said = result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "nothing";
            throw new SlipwayException(what, $"{program} ended with code {result.ExitCode} and said: {said}", "look whether the place can be reached, has room and lets this account write; publishing goes on by itself")
            {
                Kind = FailureKind.Unreachable,
            };
        }
        return result.Text;
    }
}

/// <summary>A directory of this machine.</summary>
internal sealed class DirectoryDestination(string directory) : Destination
{
    public override void Put(string from, string path, ContentInventory inventory)
    {
        var to = Path.Combine(directory, path);
        Try(to, () =>
        {
            if (!Directory.Exists(to))
                inventory.Copy(from, to);
            if (inventory.Differences(to) is [var wrong, ..])
                throw new SlipwayException($"publish to {to}", wrong, $"remove {to}; it is then made again") { Kind = FailureKind.Unreachable };
        });
    }

    public override void Point(PointerChange change) => Try(directory, () => PointTo(change));

    private static void Try(string to, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TreeException)
        {
            throw new SlipwayException($"publish to {to}", e.Message, "make room there and let this account write; publishing goes on by itself", e) { Kind = FailureKind.Unreachable };
        }
    }

    private void PointTo(PointerChange change)
    {
        var version = StreamPlaces.Text(change.Version);
        ChannelTree.Copy(change.Www, Path.Combine(directory, "update"), change.Channel, change.Leads);
        AtomicFile.Write(Path.Combine(directory, "update", ReleasePublisher.CertificateFile), File.ReadAllBytes(Path.Combine(change.Www, ReleasePublisher.CertificateFile)));
        if (!change.Leads)
            return;
        AtomicFile.SwitchLink(Path.Combine(directory, "update", "latest"), "./" + version);
        if (Directory.Exists(Path.Combine(directory, "releases", version)))
        {
            AtomicFile.SwitchLink(Path.Combine(directory, "releases", "latest"), "./" + version);
            AtomicFile.SwitchLink(Path.Combine(directory, "images"), $"./releases/{version}/images");
        }
        AtomicFile.WriteText(Path.Combine(directory, "latest"), version);
    }
}
