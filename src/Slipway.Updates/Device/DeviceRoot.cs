using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>What a root says of itself through its own files.</summary>
internal sealed class DeviceRoot(RootedTree tree) : IDisposable
{
    public const string CertificatePath = "usr/share/clear/update-ca/Swupd_Root.pem";

    private const int MaxBytes = 64 * 1024;
    private static readonly BytePath TrackingDirectory = BytePath.From("usr/share/clear/bundles");

    public RootedTree Tree => tree;

    /// <summary>The version the root's own version file names; null when it has none.</summary>
    public uint? Version() => Number(Text("usr/share/clear/version")?.Trim());

    /// <summary>The version its os-release names; null when that is no number, as with a root that comes from elsewhere.</summary>
    public uint? OsReleaseVersion()
    {
        var line = Text("usr/lib/os-release")?.Split('\n').FirstOrDefault(line => line.StartsWith("VERSION_ID=", StringComparison.Ordinal));
        return Number(line?["VERSION_ID=".Length..].Trim('"', '\'', ' '));
    }

    /// <summary>The installed bundles, by the tracking files that each bundle brings; sorted.</summary>
    public IReadOnlyList<string> Bundles()
    {
        if (tree.StatFollowing(TrackingDirectory)?.Type != NodeType.Directory)
        {
            return [];
        }
        return [.. tree.List(TrackingDirectory)
            .Where(entry => entry.Stat.Type == NodeType.Regular && Manifest.IsBundleName(entry.Path.Name.Span))
            .Select(entry => entry.Path.Name.ToString())];
    }

    public string? Format() => FirstLine("usr/share/defaults/swupd/format");

    public string? ContentUrl() => FirstLine("etc/swupd/mirror_contenturl") ?? FirstLine("usr/share/defaults/swupd/contenturl");

    public string? VersionUrl() => FirstLine("etc/swupd/mirror_versionurl") ?? FirstLine("usr/share/defaults/swupd/versionurl");

    public string? Certificate() => Text(CertificatePath);

    public void Dispose() => tree.Dispose();

    private static uint? Number(string? text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private string? FirstLine(string path)
    {
        var line = Text(path)?.Split('\n')[0].Trim();
        return string.IsNullOrEmpty(line) ? null : line;
    }

    private string? Text(string path)
    {
        var name = BytePath.From(path);
        if (tree.StatFollowing(name) is not { Type: NodeType.Regular, Size: <= MaxBytes } stat)
        {
            return null;
        }
        using var file = tree.OpenRead(name, followLast: true);
        var content = new byte[stat.Size];
        return Encoding.UTF8.GetString(content, 0, file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false));
    }
}
