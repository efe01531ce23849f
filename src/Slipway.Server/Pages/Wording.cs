using System.Globalization;

namespace Slipway.Server.Pages;

/// <summary>Figures as people read them.</summary>
internal static class Wording
{
    public static string Ago(TimeSpan passed) => passed switch
    {
        { TotalSeconds: < 2 } => "now",
        { TotalMinutes: < 2 } => $"{(int)passed.TotalSeconds} s ago",
        { TotalHours: < 2 } => $"{(int)passed.TotalMinutes} min ago",
        { TotalDays: < 2 } => $"{(int)passed.TotalHours} h ago",
        _ => $"{(int)passed.TotalDays} days ago",
    };

    public static string Seconds(double? seconds) => seconds switch
    {
        null => "–",
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(seconds.Value / 60)} min {seconds % 60:0} s"),
    };

    public static string Bytes(long? bytes) => bytes switch
    {
        null => "–",
        < 1000 => $"{bytes} B",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB"),
    };

    public static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;

    public static string Count(long count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");
}
