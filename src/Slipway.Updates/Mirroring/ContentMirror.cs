using Slipway.Updates.Device;

namespace Slipway.Updates;

/// <summary>Which published content to bring here, and where to.</summary>
public sealed record MirrorOptions
{
    /// <summary>Where it is: a directory or an address (http, https, file) that holds the version directories and <c>version/</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The directory it goes to; what is there of an earlier attempt is kept and completed.</summary>
    public required string Target { get; init; }

    /// <summary>What devices trust, former certificates among it.</summary>
    public required TrustRoots Trust { get; init; }

    /// <summary>How much is fetched or read at a time. Unset: 4.</summary>
    public int Jobs { get; init; } = 4;

    public TransferLimits Limits { get; init; } = new();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Hears what is done, in words. Unset: nobody.</summary>
    public Action<string>? Progress { get; init; }
}

/// <summary>A version of the content that was brought here: its MoM is signed, and whatever its manifests name is there and right.</summary>
/// <param name="Previous">The version it followed; 0 for none.</param>
/// <param name="MinVersion">The version below which devices need a full check; 0 for none.</param>
/// <param name="Timestamp">When it was made, in seconds since 1970.</param>
/// <param name="Upstream">The upstream's version it says it was made from; null when it says none.</param>
public sealed record MirroredVersion(uint Version, int Format, uint Previous, uint MinVersion, long Timestamp, uint? Upstream);

/// <summary>What was brought here.</summary>
/// <param name="Versions">The whole ones, in order.</param>
/// <param name="Newest">What <c>version/latest_version</c> says.</param>
/// <param name="Latest">Per format: what <c>version/formatF/latest</c> says.</param>
/// <param name="First">Per format: what <c>version/formatF/first</c> says, else the oldest of its versions.</param>
/// <param name="Notes">What is not whole or not signed as it should be, and what follows from it.</param>
public sealed record MirroredContent(
    IReadOnlyList<MirroredVersion> Versions, uint Newest, IReadOnlyDictionary<int, uint> Latest, IReadOnlyDictionary<int, uint> First,
    int Files, long Bytes, IReadOnlyList<string> Notes);

/// <summary>Brings a published stream here as a whole, every version of it, and checks it as its devices would.</summary>
public static class ContentMirror
{
    /// <exception cref="Slipway.Content.SlipwayException">It cannot be reached, or a version that devices are led to is not whole.</exception>
    public static async Task<MirroredContent> TakeAsync(MirrorOptions options, CancellationToken cancellation = default)
    {
        var counter = new TransferCounter();
        using var http = new HttpTransfer(options.Limits, counter, options.Clock);
        var files = new MirrorFiles(options, http, counter);
        return await new MirrorRun(options, files).RunAsync(cancellation).ConfigureAwait(false);
    }
}
