using System.Runtime.ExceptionServices;

namespace Slipway.Updates;

/// <summary>Makes the update content of one version: manifests, full files, packs, deltas, signatures.</summary>
public static class ContentCreation
{
    /// <summary>Reads the state directory, writes www/ in it. The MoM comes after everything that it leads to, and the version
    /// pointers last; a run that is killed can be repeated.</summary>
    public static CreateReport Create(CreateOptions options, CancellationToken cancellation = default)
    {
        Check(options);
        using var run = new CreationRun(options, cancellation);
        try
        {
            return run.Run();
        }
        catch (AggregateException e)
        {
            // Of failures at the same time the caller gets the first: the others mostly follow from the same cause.
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
            throw;
        }
    }

    private static void Check(CreateOptions options)
    {
        if (options.Version == 0) throw Refused("0 is no version");
        if (options.MinVersion > options.Version)
            throw Refused($"the minimum version {options.MinVersion} is above version {options.Version}");
        if (options.Previous >= options.Version) throw Refused($"it cannot follow version {options.Previous}");
        if (options.Format is < 1 or > ushort.MaxValue) throw Refused($"format {options.Format} is not between 1 and 65535");
        if (options.Timestamp < 0) throw Refused("the timestamp lies before 1970");
        if (options.PackCompression is { } packs && (packs is not (Content.Compression.Xz or Content.Compression.Zstd) || !CodecTable.IsReadBy(options.Clients, packs)))
            throw Refused($"packs cannot be {packs.ToString().ToLowerInvariant()} for {options.Clients.ToString().ToLowerInvariant()} clients: xz or zstd can");
        if (options.DeltasFrom.Any(from => from == 0 || from >= options.Version)) throw Refused("deltas can only come from earlier versions");

        Content.SlipwayException Refused(string why) =>
            new($"cannot make version {options.Version}", why) { Kind = Content.FailureKind.Usage };
    }
}
