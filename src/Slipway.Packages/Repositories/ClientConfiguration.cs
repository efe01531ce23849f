using System.Text;

namespace Slipway.Packages.Repositories;

/// <summary>What a client needs beside the repository: the public key, and the file its package manager reads.</summary>
internal static class ClientConfiguration
{
    public const string KeyFile = "repository.asc";

    /// <summary>The same key without armour, for gpgv and for apt's older Signed-By.</summary>
    public const string BareKeyFile = "repository.gpg";

    public static IEnumerable<IndexFile> Keys(string publicKey) => [IndexFile.Text(KeyFile, publicKey), new(BareKeyFile, Bare(publicKey))];

    /// <summary>The name of <see cref="Of"/>.</summary>
    public static string NameOf(RepositoryId id, PackageType type) => $"{id.Word}-{id.Dist}." + type switch
    {
        PackageType.Rpm => "repo",
        PackageType.Deb => "sources",
        _ => "pacman.conf",
    };

    /// <summary>The file that a client's package manager reads.</summary>
    /// <param name="mirrors">rpm: where the address of one snapshot is given out, so that all files of a refresh are of one; null for a plain directory.</param>
    public static IndexFile Of(RepositoryId id, PackageType type, string url, string publicKey, string? mirrors = null) => IndexFile.Text(NameOf(id, type), type switch
    {
        PackageType.Rpm => Rpm(id, url, mirrors),
        PackageType.Deb => Apt(id, url, publicKey),
        _ => Pacman(id, url),
    });

    // A snapshot is served for at least a day after the next one: a client asks anew before that.
    private static string Rpm(RepositoryId id, string url, string? mirrors) => $"""
        [{id.Word}-{id.Dist}]
        name={id.Project} for {id.Dist}
        {(mirrors is null ? $"baseurl={url}/" : $"mirrorlist={mirrors}\nmetadata_expire=6h")}
        enabled=1
        gpgcheck=1
        repo_gpgcheck=1
        gpgkey={url}/{KeyFile}

        """;

    private static string Apt(RepositoryId id, string url, string publicKey)
    {
        var text = new StringBuilder($"Types: deb\nURIs: {url}/\nSuites: {id.Dist}\nComponents: main\nSigned-By:\n");
        // In a control file an empty line of a value is written as a dot.
        foreach (var line in publicKey.TrimEnd('\n').Split('\n')) text.Append(' ').Append(line.Length == 0 ? "." : line).Append('\n');
        return text.ToString();
    }

    private static string Pacman(RepositoryId id, string url) => $"""
        # First, once: pacman-key --add {KeyFile} (from {url}/{KeyFile}), then pacman-key --lsign-key with the fingerprint of each key in it.
        [{id.Word}]
        SigLevel = Required
        Server = {url}/$arch

        """;

    // RFC 4880 6.2: armour headers, an empty line, base64, then a line with '=' and a checksum.
    private static byte[] Bare(string armored)
    {
        var lines = armored.Split('\n').SkipWhile(line => line.Trim().Length > 0).Skip(1).TakeWhile(line => !line.StartsWith('=') && !line.StartsWith('-'));
        return Convert.FromBase64String(string.Concat(lines.Select(line => line.Trim())));
    }
}
