using Slipway.Content;

namespace Slipway.Packages;

/// <summary>The kind of package a recipe makes and a repository holds.</summary>
public enum PackageType { Rpm, Deb, Pacman }

/// <summary>What a package file says of itself. Relations are in the own syntax of the package type, one relation an item.</summary>
public sealed record PackageRecord
{
    public required PackageType Type { get; init; }
    public required string Name { get; init; }

    /// <summary>The full version: <c>[epoch:]version[-release]</c>; an epoch of 0 is left out.</summary>
    public required string Version { get; init; }

    public required string Architecture { get; init; }

    /// <summary>The name of the source package (pacman: pkgbase); the package's own name where the file says nothing else.</summary>
    public required string Source { get; init; }

    public IReadOnlyList<string> Requires { get; init; } = [];
    public IReadOnlyList<string> Provides { get; init; } = [];
    public IReadOnlyList<string> Conflicts { get; init; } = [];

    /// <summary>rpm: Obsoletes; deb: Replaces; pacman: replaces.</summary>
    public IReadOnlyList<string> Replaces { get; init; } = [];

    /// <summary>rpm and deb: Recommends; pacman: optdepend, with its explanation.</summary>
    public IReadOnlyList<string> Recommends { get; init; } = [];

    /// <summary>One line.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The long text without the summary; may be empty.</summary>
    public string Description { get; init; } = "";

    public string License { get; init; } = "";
    public string Url { get; init; } = "";

    /// <summary>deb: Maintainer; rpm and pacman: Packager.</summary>
    public string Packager { get; init; } = "";

    /// <summary>Bytes of the package file.</summary>
    public long Size { get; init; }

    /// <summary>Bytes it takes when installed, as the package states it (deb states KiB; converted).</summary>
    public long InstalledSize { get; init; }

    /// <summary>When it was built, in seconds since 1970; 0 where the package does not say (deb).</summary>
    public long BuildTime { get; init; }

    /// <summary>sha256 of the package file.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The last part of the path it was read from.</summary>
    public required string FileName { get; init; }

    /// <summary>deb: the control fields, pacman: the lines of .PKGINFO; in the file's order, values verbatim (continuation lines kept). Empty for rpm.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; } = [];

    /// <summary>What only rpm packages have; null for the others.</summary>
    public RpmHeaderFacts? Rpm { get; init; }

    /// <summary>The value of the first field of this name (case ignored, as deb demands), or null.</summary>
    public string? Field(string name)
    {
        foreach (var field in Fields)
            if (field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) return field.Value;
        return null;
    }
}

/// <summary>One file that a package carries, as its own list (rpm) or its payload (deb, pacman) states it.</summary>
/// <param name="Path">Absolute, with a leading slash, no trailing one.</param>
/// <param name="Digest">Lower-case hex sha256 of a regular file's content; empty where the list does not give one.</param>
/// <param name="Flags">rpm's file flags (1 = configuration, 2 = documentation, 64 = ghost, ...); 0 for the others.</param>
public sealed record PackagedFile(
    BytePath Path, NodeType Type, int Mode, string Owner, string Group, long Size, string Digest,
    BytePath LinkTarget, long ModifiedUnix, uint Flags = 0);
