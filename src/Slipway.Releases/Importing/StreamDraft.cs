using System.Text;

namespace Slipway.Releases.Importing;

/// <summary>A stream.yml as it comes together from a factory's variables.</summary>
internal sealed class StreamDraft
{
    public string Stream { get; set; } = "";
    public bool IsDownstream { get; set; } = true;
    public string? UpstreamUrl { get; set; }
    public string? Pin { get; set; }
    public IReadOnlyList<string>? UpstreamBundles { get; set; }
    public IReadOnlyList<string>? Bundles { get; set; }
    public uint Step { get; set; } = 10;
    public int Deltas { get; set; } = 10;
    public string? Url { get; set; }
    public string? ContentUrl { get; set; }
    public string? VersionUrl { get; set; }
    public string? LocalPackages { get; set; }
    public string? PublishingHost { get; set; }
    public string? PublishingRoot { get; set; }

    /// <param name="known">The bundles whose definitions are in the stream's repository.</param>
    public string ToYaml(IReadOnlyCollection<string> known)
    {
        var text = new StringBuilder("# Imported from a distro factory's config.sh; import-report.txt says where each of its lines went.\n");
        text.Append(Line("stream", Stream));
        text.Append("upstream:\n").Append(IsDownstream ? "  type: stream\n" : "  type: none\n").Append("  packages: rpm\n");
        if (IsDownstream)
        {
            text.Append("  " + Line("url", UpstreamUrl ?? "https://www.example.org")).Append("  certificate: upstream.pem\n").Append("  signed_index: false\n");
            text.Append("  " + Line("policy", Pin is null ? "follow" : $"pin {Pin}"));
            if (UpstreamBundles is not null) text.Append("  " + List("bundles", UpstreamBundles));
        }
        text.Append(IsDownstream ? $"versions: {{factor: 1000, step: {Step}}}\n" : $"versions: {{first: {Step}, step: {Step}}}\n");
        if (LocalPackages is not null)
            text.Append("providers:\n  - {name: local, type: directory, path: ").Append(Quoted(LocalPackages)).Append("}\n");
        text.Append(List("bundles", Bundles ?? [.. known.Append("os-core").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]));
        text.Append("update_bundle: os-core-update\n");
        text.Append(Line("content_url", ContentUrl ?? (Url is null ? "https://www.example.org/update" : $"{Url.TrimEnd('/')}/update")));
        if ((VersionUrl ?? (Url is null ? null : $"{Url.TrimEnd('/')}/update")) is { } version) text.Append(Line("version_url", version));
        text.Append($"deltas: {{from_previous: {Math.Clamp(Deltas, 0, 100)}}}\n");
        if (PublishingHost is not null)
            text.Append("destinations:\n  - {name: public, to: ").Append(Quoted($"ssh://{PublishingHost}{PublishingRoot ?? "/srv/pub"}/{Stream}")).Append("}\n");
        return text.Append("channels:\n  - {name: stable, publish: by-hand}\n").ToString();
    }

    private static string Line(string key, string value) => $"{key}: {Quoted(value)}\n";

    private static string List(string key, IReadOnlyList<string> values) => $"{key}: [{string.Join(", ", values.Select(Quoted))}]\n";

    private static string Quoted(string value) =>
        value.Length > 0 && char.IsAsciiLetterOrDigit(value[0]) && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') ? value : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
