using Slipway.Compose.Workspace;
using Slipway.Content;

namespace Slipway.Compose.Mixing;

/// <summary>What `mix versions update` is asked for.</summary>
/// <param name="MixVersion">Unset: the present one and the increment.</param>
/// <param name="UpstreamVersion">A number or <c>latest</c>. Unset: the present one.</param>
public sealed record VersionsUpdate(uint? MixVersion, string? UpstreamVersion, uint Increment, bool SkipFormatCheck, bool Offline);

/// <summary>`mix versions`: which version is mixed of which of upstream.</summary>
public sealed class MixVersions(MixWorkspace mix, MixTools tools)
{
    private UpstreamStream? Upstream => mix.UpstreamUrl is { Length: > 0 } url ? new UpstreamStream(url, tools.Http) : null;

    /// <summary>Goes on to the next version; what was built last is what it follows.</summary>
    public async Task UpdateAsync(VersionsUpdate update, CancellationToken cancellation)
    {
        var now = mix.MixVersion;
        var next = update.MixVersion ?? now + update.Increment;
        if (next <= now)
            throw new SlipwayException($"go to version {next}", $"the mix is at {now}, and versions only grow", $"--mix-version {now + 10}") { Kind = FailureKind.Usage };
        if (next > int.MaxValue)
            throw new SlipwayException($"go to version {next}", $"versions end at {int.MaxValue}", "a smaller one") { Kind = FailureKind.Usage };
        var (before, upstream) = (mix.UpstreamVersion, await UpstreamVersionAsync(update, cancellation).ConfigureAwait(false));
        if (upstream != before && !update.Offline && Upstream is { } stream)
        {
            await stream.RequireAsync(upstream, cancellation).ConfigureAwait(false);
            if (!update.SkipFormatCheck && before > 0)
                await CheckFormatAsync(stream, before, upstream, cancellation).ConfigureAwait(false);
        }
        mix.Change(mix.State with { Previous = mix.LastVersion });
        mix.MixVersion = next;
        if (upstream != before)
            mix.UpstreamVersion = upstream;
    }

    /// <summary>Refuses to build while upstream is in another format than the version that was built last.</summary>
    public async Task CheckUpstreamFormatAsync(MixBuildOptions options, CancellationToken cancellation)
    {
        var last = mix.LastVersion;
        var file = Path.Combine(mix.ContentOf(last), "upstreamver");
        if (options.SkipFormatCheck || options.Offline || last == 0 || Upstream is not { } stream || !File.Exists(file) || !uint.TryParse(await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false), out var built) || built == mix.UpstreamVersion)
            return;
        await CheckFormatAsync(stream, built, mix.UpstreamVersion, cancellation).ConfigureAwait(false);
    }

    /// <summary>Follows upstream over its changes of format: a pair of versions for each.</summary>
    public async Task FollowUpstreamFormatAsync(int? newFormat, MixBuildOptions options, CancellationToken cancellation)
    {
        var stream = Upstream ?? throw new SlipwayException("follow the format of upstream", "the mix has no upstream stream", "slipway mix build format-bump --new-format N") { Kind = FailureKind.Usage };
        var target = mix.UpstreamVersion;
        var file = Path.Combine(mix.Config.VersionsPath, "upstreamversion.bump");
        // A run that was cut off goes on to where the first one wanted to.
        if (File.Exists(file) && uint.TryParse((await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false)).Trim(), out var left))
            target = left;
        else
            AtomicFile.WriteText(file, MixWorkspace.Text(target) + "\n");
        var wanted = newFormat ?? await stream.FormatAsync(target, cancellation).ConfigureAwait(false);
        var bump = new FormatBump(mix, tools);
        while (mix.State.Format < wanted)
        {
            var next = mix.State.Format + 1;
            if (bump.IsHalfDone(next))
            {
                bump.New(next, options, cancellation);
                continue;
            }
            // The last one of the old format, and the first of the new one ten higher.
            mix.UpstreamVersion = await stream.LastOfFormatAsync(mix.State.Format, cancellation).ConfigureAwait(false) + 10;
            await UpstreamStream.EnsureBundlesAsync(mix.Config.UpstreamBundlesUrl, mix.UpstreamVersion, mix.UpstreamBundles, tools.Http, cancellation).ConfigureAwait(false);
            await bump.OldAsync(next, options, cancellation).ConfigureAwait(false);
            bump.New(next, options, cancellation);
        }
        mix.UpstreamVersion = target;
        mix.MixVersion += 10;
        File.Delete(file);
    }

    private async Task<uint> UpstreamVersionAsync(VersionsUpdate update, CancellationToken cancellation)
    {
        if (update.UpstreamVersion is not { Length: > 0 } given)
            return mix.UpstreamVersion;
        if (given == "latest")
        {
            return Upstream is { } stream
                ? await stream.LatestAsync(cancellation).ConfigureAwait(false)
                : throw new SlipwayException("take the latest upstream version", "the mix has no upstream URL", "write the URL into upstreamurl") { Kind = FailureKind.Usage };
        }
        return uint.TryParse(given, out var version)
            ? version
            : throw new SlipwayException("--upstream-version", $"'{given}' is no version", "a number, or latest") { Kind = FailureKind.Usage };
    }

    private static async Task CheckFormatAsync(UpstreamStream stream, uint from, uint to, CancellationToken cancellation)
    {
        var (before, after) = (await stream.FormatAsync(from, cancellation).ConfigureAwait(false), await stream.FormatAsync(to, cancellation).ConfigureAwait(false));
        if (before != after)
        {
            throw new SlipwayException($"go from upstream {from} to {to}", $"upstream went from format {before} to {after} between them",
                "slipway mix build upstream-format, or --skip-format-check")
            { Kind = FailureKind.Blocked };
        }
    }
}
