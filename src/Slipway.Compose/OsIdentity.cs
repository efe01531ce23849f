using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Compose;

/// <summary>What a version says of itself in the files that composing makes (format clause 2.5, item 7); they belong to os-core.</summary>
public sealed record OsIdentity
{
    /// <summary>The version being made.</summary>
    public required uint Version { get; init; }

    /// <summary>The number of the update content's format.</summary>
    public required int Format { get; init; }

    /// <summary>Seconds since 1970, fixed for the run: the version stamp, which devices check their clock against.</summary>
    public required long Timestamp { get; init; }

    /// <summary>Where devices fetch content.</summary>
    public required string ContentUrl { get; init; }

    /// <summary>Where devices ask for the newest version.</summary>
    public required string VersionUrl { get; init; }

    /// <summary>The certificate that devices check signatures against, PEM. Unset: none is shipped.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>Paths in the root of the os-release file to start from; the first that a package gives is taken. usr/lib/os-release is always the last choice.</summary>
    public IReadOnlyList<string> OsReleaseTemplates { get; init; } = [];

    /// <summary>An os-release file to start from instead of any in the packages. Unset: one of those.</summary>
    public byte[]? OsReleaseFile { get; init; }

    /// <summary>The value of BUILD_ID, the state of the upstream that the version is made from. Unset: no such line.</summary>
    public string? BuildId { get; init; }

    internal const string OsRelease = "usr/lib/os-release";

    internal IReadOnlyList<(string Path, byte[] Content)> Files(byte[]? osReleaseTemplate)
    {
        static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
        var files = new List<(string, byte[])>
        {
            (OsRelease, Text(OsReleaseText(osReleaseTemplate is null ? "" : Encoding.UTF8.GetString(osReleaseTemplate)))),
            ("usr/share/clear/version", Text(Version.ToString(CultureInfo.InvariantCulture))),
            ("usr/share/clear/versionstamp", Text(Timestamp.ToString(CultureInfo.InvariantCulture))),
            ("usr/share/defaults/swupd/contenturl", Text(ContentUrl)),
            ("usr/share/defaults/swupd/versionurl", Text(VersionUrl)),
            ("usr/share/defaults/swupd/format", Text(Format.ToString(CultureInfo.InvariantCulture))),
        };
        if (Certificate is not null)
            files.Add(("usr/share/clear/update-ca/Swupd_Root.pem", Certificate));
        return files;
    }

    /// <summary>True for what tells a device where its updates are and whom to trust.</summary>
    internal static bool IsForUpdates(BytePath path) => path.IsBelow(BytePath.From("usr/share/defaults/swupd")) || path.IsBelow(BytePath.From("usr/share/clear/update-ca"));

    internal string OsReleaseText(string template)
    {
        var values = new List<(string Key, string Value)> { ("VERSION_ID", Version.ToString(CultureInfo.InvariantCulture)) };
        if (BuildId is not null)
            values.Add(("BUILD_ID", BuildId));
        if (template.Length == 0)
            template = "NAME=\"Linux\"\nID=linux\n";
        var lines = template.Split('\n').Select(l => l.TrimEnd('\r')).Where(l => l.Length > 0).ToList();
        foreach (var (key, value) in values)
        {
            var at = lines.FindIndex(l => l.StartsWith(key + "=", StringComparison.Ordinal));
            lines.RemoveAll(l => l.StartsWith(key + "=", StringComparison.Ordinal));
            lines.Insert(at < 0 ? lines.Count : Math.Min(at, lines.Count), $"{key}={value}");
        }
        return string.Join('\n', lines) + "\n";
    }

    internal IEnumerable<BytePath> Templates() => OsReleaseTemplates.Append(OsRelease).Select(p => BytePath.From(p).Relative);
}
