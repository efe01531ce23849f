using System.Globalization;

namespace Slipway.Releases.Importing;

/// <summary>One line, or a few that belong together, of what was imported.</summary>
/// <param name="File">Its file.</param>
/// <param name="Line">Its first line.</param>
/// <param name="Text">What it says, its first line alone.</param>
/// <param name="Place">Where it is now; null when it was not taken over.</param>
/// <param name="Why">Why it was not taken over, or what is to be known about its new place; null when there is nothing to say.</param>
public sealed record ImportedLine(string File, int Line, string Text, string? Place, string? Why);

/// <summary>What became of every line of a distro factory's configuration.</summary>
/// <param name="Remaining">What is left to do by hand before the stream can be released.</param>
public sealed record ImportReport(string Stream, IReadOnlyList<ImportedLine> Lines, IReadOnlyList<string> Remaining)
{
    /// <summary>For people, and kept beside what was imported.</summary>
    public string ToText() =>
        $"Import of {Stream}\n\n"
        + string.Concat(Lines.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.File}:{l.Line}: {l.Text}\n    {(l.Place is null ? $"not taken over: {l.Why}" : l.Why is null ? $"-> {l.Place}" : $"-> {l.Place}; {l.Why}")}\n")))
        + (Remaining.Count == 0 ? "" : "\nLeft to do:\n" + string.Concat(Remaining.Select(r => $"  {r}\n")));
}
