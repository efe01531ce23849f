using System.Text;

namespace Slipway.Packages.Repositories;

/// <summary>What a client needs beside the repository: the public key, and the file its package manager reads.</summary>
internal static class ClientConfiguration
{
    public const string KeyFile = "repository.asc";

    /// <summary>The same key without armour, for gpgv and for apt's older Signed-By.</summary>
    public const string BareKeyFile = "repository.gpg";

    public static IEnumerable<IndexFile> Write(RepositoryId id, PackageType type, string url, string publicKey)
    {
        yield return IndexFile.Text(KeyFile, publicKey);
        yield return new(BareKeyFile, Bare(publicKey));
        var name = $"{id.Word}-{id.Dist}";
        yield return type switch
        {
            PackageType.Rpm => IndexFile.Text($"{name}.repo", Rpm(id, name, url)),
            PackageType.Deb => IndexFile.Text($"{name}.sources", Apt(id, url, publicKey)),
            _ => IndexFile.Text($"{name}.pacman.conf", Pacman(id, url)),
        };
    }

    private static string Rpm(RepositoryId id, string name, string url) => $"""
        [{name}]
        name={id.Project} for {id.Dist}
        baseurl={url}/
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
        # First, once: pacman-key --add {KeyFile} (from {url}/{KeyFile}), then pacman-key --lsign-key with the key's fingerprint.
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
