using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A record while its version is being decided. Optimised variants carry their directory (/V3, ...) in the name.</summary>
internal sealed class DraftRecord
{
    public required BytePath Name { get; init; }

    public required RecordType Type { get; init; }

    public RecordStatus Status { get; set; } = RecordStatus.Present;

    public RecordMark Mark { get; init; } = RecordMark.None;

    public SwupdHash Hash { get; init; }

    public uint Version { get; set; }

    public bool IsPresent => Status == RecordStatus.Present;

    public Variant Variant => VariantPath.VariantOf(Name);
}

/// <summary>Where optimised variants live in the full root, and what they are called in manifests.</summary>
internal static class VariantPath
{
    public static Variant VariantOf(BytePath name)
    {
        var path = name.Span;
        if (path.Length < 3 || path[0] != '/' || path[1] != 'V' || (path.Length > 3 && path[3] != '/')) return Variant.Base;
        return path[2] switch
        {
            (byte)'3' => Variant.V3,
            (byte)'4' => Variant.V4,
            (byte)'A' => Variant.VA,
            _ => Variant.Base,
        };
    }

    public static BytePath Strip(BytePath name) =>
        VariantOf(name) == Variant.Base ? name : new BytePath(name.Span[3..]);

    /// <summary>The name in the full root of a record read from a manifest.</summary>
    public static BytePath FullName(ManifestRecord record) => record.Modifier.Variant switch
    {
        Variant.V3 => new BytePath([.. "/V3"u8, .. record.Name.Span]),
        Variant.V4 => new BytePath([.. "/V4"u8, .. record.Name.Span]),
        Variant.VA => new BytePath([.. "/VA"u8, .. record.Name.Span]),
        _ => record.Name,
    };
}

/// <summary>A bundle's records, or the full root's, while they are being decided.</summary>
internal sealed class DraftManifest
{
    public required string Name { get; init; }

    public IReadOnlyList<string> Includes { get; init; } = [];

    public IReadOnlyList<string> AlsoAdd { get; init; } = [];

    public bool Experimental { get; init; }

    public required ulong ContentSize { get; init; }

    /// <summary>Ordered by name.</summary>
    public required List<DraftRecord> Records { get; set; }

    /// <summary>The version of the manifest before this one; 0 for none.</summary>
    public uint Previous { get; set; }

    /// <summary>True when it is written in this version.</summary>
    public bool Changed { get; set; }

    public uint FileCount { get; set; }
}
