using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Releases.Koji;

/// <summary>What koji's external repository is moved to.</summary>
public sealed record KojiSyncOptions
{
    /// <summary>The upstream's address, above <c>latest</c> and <c>releases/</c>.</summary>
    public required string Upstream { get; init; }

    /// <summary>The external repository in koji.</summary>
    public required string Repository { get; init; }

    /// <summary>The tag whose build repository is made anew, without -build.</summary>
    public required string Tag { get; init; }

    /// <summary>How long to wait for the new repository.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Between looks at koji's task.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(10);
}

/// <param name="From">The version it led to; null when its address names none.</param>
/// <param name="Changed">False when there was nothing to do.</param>
public sealed record KojiSyncReport(uint? From, uint To, bool Changed, IReadOnlyList<string> Warnings);

/// <summary>Keeps koji's external repository at the upstream's newest version.</summary>
public sealed partial class KojiSync(KojiHub hub, HttpClient http)
{
    public async Task<KojiSyncReport> RunAsync(KojiSyncOptions options, CancellationToken cancellation)
    {
        var upstream = options.Upstream.TrimEnd('/');
        var latest = await LatestAsync(upstream, cancellation).ConfigureAwait(false);
        var old = await hub.ExternalRepositoryAsync(options.Repository, cancellation).ConfigureAwait(false)
            ?? throw new SlipwayException($"move {options.Repository}", "koji has no such external repository", "make it: koji add-external-repo") { Kind = FailureKind.Usage };
        uint? from = VersionIn().Match(old) is { Success: true } match && uint.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
        if (from >= latest)
            return new(from, latest, false, []);
        string[] warnings = from is null ? [$"the address of {options.Repository} was {old}, which names no version"] : [];
        var place = $"{upstream}/releases/{latest}/clear/";
        await RequireAsync($"{place}x86_64/os/repodata/repomd.xml", cancellation).ConfigureAwait(false);
        await hub.LoginAsync(cancellation).ConfigureAwait(false);
        // $arch stays as it is: koji fills it in.
        await hub.EditExternalRepositoryAsync(options.Repository, place + "$arch/os/", cancellation).ConfigureAwait(false);
        try
        {
            await hub.RegenerateAsync(options.Tag + "-build", options.Patience, options.Pause, cancellation).ConfigureAwait(false);
        }
        catch (SlipwayException e)
        {
            await hub.EditExternalRepositoryAsync(options.Repository, old, cancellation).ConfigureAwait(false);
            throw new SlipwayException(e.What, $"{e.Why}; {options.Repository} is at its old address again", e.Remedy, e) { Kind = e.Kind };
        }
        return new(from, latest, true, warnings);
    }

    [GeneratedRegex(@"releases/([0-9]+)/clear/\$arch/os/?$")]
    private static partial Regex VersionIn();

    private async Task<uint> LatestAsync(string upstream, CancellationToken cancellation)
    {
        var text = await GetAsync($"{upstream}/latest", cancellation).ConfigureAwait(false);
        return uint.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0 ? version
            : throw new SlipwayException($"read {upstream}/latest", text is null ? "it is not there" : "it is no version number", "look whether the address is right") { Kind = FailureKind.Unreachable };
    }

    private async Task RequireAsync(string address, CancellationToken cancellation)
    {
        if (await GetAsync(address, cancellation).ConfigureAwait(false) is null)
            throw new SlipwayException($"read {address}", "the upstream names the version and has no repository of it yet", "wait; the mirror lags") { Kind = FailureKind.Blocked };
    }

    private async Task<string?> GetAsync(string address, CancellationToken cancellation)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(address), cancellation).ConfigureAwait(false);
            if (answer.StatusCode == System.Net.HttpStatusCode.NotFound)
                return null;
            answer.EnsureSuccessStatusCode();
            return await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new SlipwayException($"read {address}", e.Message, "look whether the upstream can be reached", e) { Kind = FailureKind.Unreachable };
        }
    }
}
