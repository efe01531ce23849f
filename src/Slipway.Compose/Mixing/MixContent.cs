using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Compose.Mixing;

/// <summary>`mix build update`: update content of a composed version, by the engine of `slipway content` (format clause 2.7).</summary>
public sealed class MixContent(MixWorkspace mix, MixTools tools)
{
    private const string Source = "slipway";

    public CreateReport Build(MixBuildOptions options, CancellationToken cancellation)
    {
        var version = options.Version ?? mix.MixVersion;
        var previous = options.Previous ?? mix.State.Previous;
        var format = options.Format ?? mix.State.Format;
        if (!Directory.Exists(mix.ImageOf(version)))
            throw new SlipwayException($"build the update content of {version}", $"{mix.ImageOf(version)} does not exist", "slipway mix build bundles") { Kind = FailureKind.Usage };
        var report = Create(version, previous, format, options, cancellation);
        WriteOrigin(version);
        mix.LastVersion = version;
        tools.Say($"version {version}, format {format}, follows {previous}: {report.ChangedBundles.Count} of {report.MoM.Records.Count} bundles changed ({report.BundlesComputed} computed)");
        if (options.Increment)
        {
            mix.Change(mix.State with { Previous = version });
            mix.MixVersion = version + 10;
        }
        return report;
    }

    private CreateReport Create(uint version, uint previous, int format, MixBuildOptions options, CancellationToken cancellation)
    {
        try
        {
            return ContentCreation.Create(Options(version, previous, format, options) with { MinVersion = options.MinVersion }, cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Without its manifest of manifests nobody can see the version; what was made for it stays in the cache.
            if (!File.Exists(Path.Combine(mix.ContentOf(version), "Manifest.MoM")))
                MixWorkspace.Remove(mix.ContentOf(version));
            throw;
        }
    }

    internal CreateOptions Options(uint version, uint previous, int format, MixBuildOptions options)
    {
        var certificate = options.Sign ? MixCertificate.Ensure(mix) : null;
        var time = options.Timestamp is { } given ? DateTimeOffset.FromUnixTimeSeconds(given) : mix.Clock.GetUtcNow();
        return new CreateOptions
        {
            StateDirectory = mix.Config.StateDirectory,
            Version = version,
            Previous = previous,
            Format = format,
            Timestamp = options.Timestamp,
            Fullfiles = options.Fullfiles,
            Packs = options.Packs,
            Profile = options.Profile,
            Jobs = options.Jobs,
            Xz = tools.Xz,
            Sign = certificate is null ? null : content => certificate.Sign(content.Span, time),
            Explain = options.Explain,
            Warn = mix.Warn,
            Clock = mix.Clock,
        };
    }

    private void WriteOrigin(uint version)
    {
        var directory = mix.ContentOf(version);
        AtomicFile.WriteText(Path.Combine(directory, "mixer-src-version"), Source);
        if (mix.UpstreamUrl is not { Length: > 0 } url)
            return;
        AtomicFile.WriteText(Path.Combine(directory, "upstreamurl"), url);
        AtomicFile.WriteText(Path.Combine(directory, "upstreamver"), MixWorkspace.Text(mix.UpstreamVersion));
    }
}
