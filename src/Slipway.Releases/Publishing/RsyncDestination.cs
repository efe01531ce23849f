using System.Globalization;
using Slipway.Content;

namespace Slipway.Releases.Publishing;

/// <summary>A directory of another machine, by rsync over ssh. Nothing there is deleted; each file and link appears by a rename.</summary>
/// <param name="place"><c>ssh://[USER@]HOST[:PORT]/PATH</c>; the account's ssh configuration says which key to use and which hosts are known.</param>
internal sealed class RsyncDestination(Uri place, string scratch, CancellationToken cancellation) : Destination
{
    // -p and owners are left out: the far side's account decides them.
    private static readonly string[] s_usual = ["--recursive", "--links", "--times", "--hard-links", "--safe-links", "--mkpath", "--timeout=120"];

    // After "--" no name is taken for an option; rsync itself hands the host to ssh, so that is looked at here.
    private string Root => place.Host.StartsWith('-') || place.UserInfo.StartsWith('-')
        ? throw new SlipwayException($"publish to {place}", "neither a host nor a user begins with a dash", "ssh://[USER@]HOST[:PORT]/PATH") { Kind = FailureKind.Usage }
        : $"{(place.UserInfo.Length > 0 ? place.UserInfo + "@" : "")}{place.Host}:{Uri.UnescapeDataString(place.AbsolutePath).TrimEnd('/')}";

    public override void Put(string from, string path, ContentInventory inventory)
    {
        Rsync($"write {Root}/{path}", [.. s_usual, "--delay-updates", "--", from + "/", $"{Root}/{path}/"]);
        // Compared by content on both sides; what differs would be sent, and is named.
        var differing = Rsync($"verify {Root}/{path}", [.. s_usual, "--checksum", "--dry-run", "--itemize-changes", "--", from + "/", $"{Root}/{path}/"])
            .Split('\n').FirstOrDefault(line => line.StartsWith('<'));
        if (differing is not null)
            throw new SlipwayException($"verify {Root}/{path}", $"it is not there as it was sent: {differing}", "look at the disk there; publishing goes on by itself") { Kind = FailureKind.Unreachable };
    }

    public override void Point(PointerChange change)
    {
        var channels = Path.Combine(change.Www, "channels");
        var directory = Path.GetFileName(new DirectoryInfo(Path.Combine(channels, change.Channel)).LinkTarget!);
        Rsync($"write {Root}/update/channels", [.. s_usual, "--", Path.Combine(channels, directory), $"{Root}/update/channels/"]);
        Rsync($"switch {change.Channel} at {Root}", [.. s_usual, "--", Path.Combine(channels, change.Channel), $"{Root}/update/channels/"]);
        if (change.Leads)
            Rsync($"switch version/ at {Root}", [.. s_usual, "--", Path.Combine(change.Www, "version"), $"{Root}/update/"]);
        Rsync($"write {Root}/update", [.. s_usual, "--", Path.Combine(change.Www, ReleasePublisher.CertificateFile), $"{Root}/update/"]);
        if (change.Leads)
            PointPeople(StreamPlaces.Text(change.Version));
    }

    private void PointPeople(string version)
    {
        Directory.CreateDirectory(scratch);
        (string Name, string Target, string Below)[] links = [("latest", "./" + version, "update/"), ("latest", "./" + version, "releases/"), ("images", $"./releases/{version}/images", "")];
        foreach (var (name, target, below) in links)
        {
            AtomicFile.SwitchLink(Path.Combine(scratch, name), target);
            Rsync($"switch {below}{name} at {Root}", [.. s_usual, "--", Path.Combine(scratch, name), $"{Root}/{below}"]);
            File.Delete(Path.Combine(scratch, name));
        }
        AtomicFile.WriteText(Path.Combine(scratch, "latest"), version);
        Rsync($"switch latest at {Root}", [.. s_usual, "--", Path.Combine(scratch, "latest"), $"{Root}/"]);
    }

    private string Rsync(string what, string[] arguments)
    {
        string[] shell = place.Port > 0 ? ["-e", string.Create(CultureInfo.InvariantCulture, $"ssh -o BatchMode=yes -p {place.Port}")] : ["-e", "ssh -o BatchMode=yes"];
        return Run(what, "rsync", [.. shell, .. arguments], Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? home : scratch, cancellation);
    }
}
