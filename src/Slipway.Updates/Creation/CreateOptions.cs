using Slipway.Content;

namespace Slipway.Updates;

/// <summary>What is worth more: time or bytes. Both are read by every device; see the table in docs/formats/update-content.md.</summary>
public enum ContentProfile
{
    /// <summary>Quick; devices need at most 16 MiB to decode.</summary>
    Default,

    /// <summary>Small; devices need at most 80 MiB to decode.</summary>
    Small,
}

/// <summary>Whose devices are to read the content.</summary>
public enum ContentClients
{
    /// <summary>The swupd client, and so Slipway's own device as well.</summary>
    Swupd,

    /// <summary>Slipway's own device alone.</summary>
    Slipway,
}

/// <summary>What to make, and from where.</summary>
public sealed record CreateOptions
{
    /// <summary>The directory with image/, groups.ini and server.ini; content goes to www/ in it, what later runs can use again to cache/.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The version to make.</summary>
    public required uint Version { get; init; }

    /// <summary>The version it follows; 0 for none.</summary>
    public uint Previous { get; init; }

    /// <summary>Every file gets at least this version; 0 takes over that of the previous MoM without touching files.</summary>
    public uint MinVersion { get; init; }

    /// <summary>The format number of the manifests, 1 to 65535.</summary>
    public required int Format { get; init; }

    /// <summary>Seconds since 1970, written into manifests. Unset: that of an equal earlier run of this version, else the clock's.</summary>
    public long? Timestamp { get; init; }

    /// <summary>The bundles of this version. Unset: those of groups.ini.</summary>
    public IReadOnlyList<string>? Bundles { get; init; }

    /// <summary>False leaves out the full files.</summary>
    public bool Fullfiles { get; init; } = true;

    /// <summary>False leaves out zero packs and delta packs.</summary>
    public bool Packs { get; init; } = true;

    /// <summary>Versions from which devices get deltas and packs to this one, in this order.</summary>
    public IReadOnlyList<uint> DeltasFrom { get; init; } = [];

    public ContentProfile Profile { get; init; }

    /// <summary>Only codecs that these clients were tested to read are used.</summary>
    public ContentClients Clients { get; init; }

    /// <summary>Xz or zstd for all packs. Unset: whichever the table of codecs says.</summary>
    public Compression? PackCompression { get; init; }

    /// <summary>Makes long .xz streams. Unset: liblzma does, in this process. The bytes of fullfiles and packs depend on which it is; no hash does.</summary>
    public XzProgram? Xz { get; init; }

    /// <summary>Gives the detached signature (DER) of the MoM and of the version pointers. Unset: nothing is signed.</summary>
    public Func<ReadOnlyMemory<byte>, byte[]>? Sign { get; init; }

    /// <summary>False leaves www/version/ as it is: the caller publishes content first and switches pointers later.</summary>
    public bool WritePointers { get; init; } = true;

    /// <summary>How much is done at a time. Unset (0): as many as there are processors.</summary>
    public int Jobs { get; init; }

    /// <summary>Gets a line for each thing that was made or used again, in a fixed order.</summary>
    public Action<string>? Explain { get; init; }

    /// <summary>Gets a line for each thing of the input that was left out.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Used only where no timestamp is given.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal int Workers => Jobs > 0 ? Jobs : Environment.ProcessorCount;
}
