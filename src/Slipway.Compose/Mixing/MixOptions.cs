using Slipway.Updates;

namespace Slipway.Compose.Mixing;

/// <summary>What `mix build` is asked for; every value stands for a flag of the ancestor's.</summary>
public sealed record MixBuildOptions
{
    /// <summary>False makes no signature.</summary>
    public bool Sign { get; init; } = true;

    /// <summary>Every file gets at least this version. Unset (0): as before.</summary>
    public uint MinVersion { get; init; }

    /// <summary>Format of the manifests. Unset: that of mixer.state.</summary>
    public int? Format { get; init; }

    /// <summary>The version that is made. Unset: mixversion.</summary>
    public uint? Version { get; init; }

    /// <summary>The version it follows. Unset: PREVIOUS_MIX_VERSION of mixer.state.</summary>
    public uint? Previous { get; init; }

    /// <summary>Afterwards the next version is ten higher and follows this one.</summary>
    public bool Increment { get; init; }

    public bool Fullfiles { get; init; } = true;

    public bool Packs { get; init; } = true;

    public bool SkipFormatCheck { get; init; }

    /// <summary>How much is done at a time. Unset (0): as many as there are processors.</summary>
    public int Jobs { get; init; }

    /// <summary>True: nothing is asked of the network.</summary>
    public bool Offline { get; init; }

    /// <summary>Seconds since 1970 in what is made. Unset: the clock's.</summary>
    public long? Timestamp { get; init; }

    public ContentProfile Profile { get; init; }

    /// <summary>Gets a line for each thing that was made or used again. Unset: nobody.</summary>
    public Action<string>? Explain { get; init; }
}

/// <summary>What a mix is worked on with; the command line puts it together.</summary>
/// <param name="Http">For repositories and upstream.</param>
/// <param name="Say">Gets what is done, line by line.</param>
/// <param name="Xz">Makes long .xz streams. Unset: liblzma does.</param>
public sealed record MixTools(HttpClient Http, Action<string> Say, XzProgram? Xz = null);
