using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A manifest: of a bundle, of a whole version (`full`), or the manifest of manifests (`MoM`).</summary>
public sealed record Manifest
{
    public const string MoM = "MoM";
    public const string Full = "full";

    /// <summary>The bundle's name, or MoM, or full.</summary>
    public required string Name { get; init; }

    /// <summary>The compatibility number: 1 to 65535.</summary>
    public required int Format { get; init; }

    public required uint Version { get; init; }

    /// <summary>The version of this manifest's predecessor; 0 for none.</summary>
    public uint Previous { get; init; }

    /// <summary>The version below which devices need a full check; 0 for none. Written from format 26 on.</summary>
    public uint MinVersion { get; init; }

    /// <summary>At least the number of records; more when variant directories were left out of the body (format 1.2).</summary>
    public uint FileCount { get; init; }

    /// <summary>When the version was made, in seconds since 1970.</summary>
    public required long Timestamp { get; init; }

    /// <summary>Bytes of the regular files and links that the bundle brings.</summary>
    public ulong ContentSize { get; init; }

    /// <summary>Bundles that a device must have with this one, in order.</summary>
    public IReadOnlyList<string> Includes { get; init; } = [];

    /// <summary>Bundles that a device gets with this one unless told otherwise, in order. Written from format 29 on.</summary>
    public IReadOnlyList<string> AlsoAdd { get; init; } = [];

    /// <summary>Ordered by version, name, variant.</summary>
    public required IReadOnlyList<ManifestRecord> Records { get; init; }

    public string FileName => "Manifest." + Name;

    /// <summary>Reads a manifest that came from outside.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="name">The bundle's name, MoM or full; errors name it.</param>
    /// <param name="limits">Unset: <see cref="ManifestLimits.Server"/>.</param>
    /// <param name="version">The version that the path asked for; another one inside is refused. Unset: any.</param>
    /// <exception cref="InvalidContentException">Names line and reason.</exception>
    public static Manifest Parse(
        ReadOnlySpan<byte> text, string name, ManifestLimits? limits = null, uint? version = null) =>
        new ManifestReader(name, limits ?? ManifestLimits.Server).Read(text, version);

    /// <summary>The text of this manifest, byte for byte as it is published.</summary>
    public byte[] ToBytes() => ManifestWriter.Write(this);

    /// <summary>Bundle names end up in paths and URLs, so nothing else passes.</summary>
    public static bool IsBundleName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > 200 || name.IndexOfAnyExcept((byte)'.') < 0) return false;
        foreach (var c in name)
            if (!(char.IsAsciiLetterOrDigit((char)c) || c is (byte)'-' or (byte)'_' or (byte)'+' or (byte)'.')) return false;
        return !name.SequenceEqual("MoM"u8) && !name.SequenceEqual("full"u8);
    }

    public static bool IsBundleName(string name) => IsBundleName(BytePath.From(name).Span);
}
