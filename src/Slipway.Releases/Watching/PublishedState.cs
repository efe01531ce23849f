using System.Globalization;

namespace Slipway.Releases.Watching;

/// <summary>Whether what devices see agrees with what is recorded: nothing is built on a state that does not.</summary>
internal static class PublishedState
{
    /// <returns>What is wrong; null when nothing is, or nothing is published yet.</returns>
    public static string? Problem(StreamSite site, string stream)
    {
        var www = site.Places(stream).Www;
        foreach (var channel in site.Channels.All(stream).Where(c => c.Version > 0))
        {
            // A switch that was begun is completed first.
            if (site.Channels.Unfinished(stream).Any())
                return null;
            var pointer = Path.Combine(www, "channels", channel.Name, "version", "latest_version");
            if (!File.Exists(pointer))
                return $"{pointer} is missing, and the channel shows {channel.Version}; publish {channel.Version} to {channel.Name} again";
            var text = File.ReadAllText(pointer).Trim();
            if (!uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var shown))
                return $"{pointer} says '{Shown(text)}', which is no version";
            if (!File.Exists(Path.Combine(www, StreamPlaces.Text(shown), "Manifest.MoM")))
                return $"{pointer} says {shown}, whose Manifest.MoM is missing";
        }
        return null;
    }

    private static string Shown(string text) => text.Length > 20 ? text[..20] + "..." : text;
}
