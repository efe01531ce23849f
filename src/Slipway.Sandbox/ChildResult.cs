using System.Text;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>How a child process ended. A death by signal N has exit code 128+N, never 0.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Signal">The signal that killed it.</param>
/// <param name="Output">Standard output, where it was kept.</param>
/// <param name="ErrorText">The end of standard error.</param>
/// <param name="Wall">Wall time.</param>
/// <param name="PeakMemoryBytes">Most memory of any one process; the kernel counts this process's own up to the start, so small children all show that.</param>
public sealed record ChildResult(int ExitCode, int? Signal, byte[] Output, string ErrorText, TimeSpan Wall, long PeakMemoryBytes)
{
    internal string Line { get; init; } = "";

    /// <summary>Processor time, that of every process it waited for included.</summary>
    public TimeSpan Processor { get; init; }

    /// <summary>The program was stopped because its wall time was over.</summary>
    public bool TimedOut { get; init; }

    /// <summary>The program was stopped because it wrote more than the command allows to keep.</summary>
    public bool OutputOverflowed { get; init; }

    public bool Succeeded => ExitCode == 0 && Signal is null && !TimedOut && !OutputOverflowed;

    /// <summary>Standard output as text, without the last line end.</summary>
    public string Text => Encoding.UTF8.GetString(Output).TrimEnd('\n');

    /// <summary>What ended it, in words.</summary>
    public string Ending =>
        TimedOut ? $"its wall time limit was reached after {Wall.TotalSeconds:F0} s"
        : OutputOverflowed ? "it wrote more output than allowed"
        : Signal is { } signal ? $"signal {signal} killed it"
        : $"exit code {ExitCode}";

    /// <summary>This result, or an exception that says what failed, with the end of what the program wrote to standard error.</summary>
    public ChildResult Require(string what)
    {
        if (Succeeded)
            return this;
        var tail = ErrorText.Trim();
        if (tail.Length == 0)
            tail = Text.Trim();
        tail = tail.Length > 2000 ? "..." + tail[^2000..] : tail;
        throw new SlipwayException(what, $"`{Line}`: {Ending}{(tail.Length == 0 ? "" : ": " + tail)}", null);
    }
}
