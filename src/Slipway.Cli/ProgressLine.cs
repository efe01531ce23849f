using System.CommandLine;
using System.Globalization;

namespace Slipway.Cli;

/// <summary>One line on the terminal that says what is being done; silent where there is no terminal.</summary>
internal sealed class ProgressLine(ParseResult parsed) : IDisposable
{
    private const int BarWidth = 24;
    private readonly bool _visible = !Console.IsErrorRedirected && !parsed.GetValue(GlobalOptions.Json);
    private readonly Lock _lock = new();
    private long _shown = long.MinValue;

    public void Show(string step, long done, long total)
    {
        if (!_visible) return;
        lock (_lock)
        {
            // Ten times a second is what an eye can follow.
            if (Environment.TickCount64 - _shown < 100 && done != total) return;
            _shown = Environment.TickCount64;
            var filled = total <= 0 ? 0 : (int)(BarWidth * Math.Clamp(done, 0, total) / total);
            Console.Error.Write(total <= 0
                ? $"\r\e[K{step}"
                : string.Create(CultureInfo.InvariantCulture, $"\r\e[K{step,-28} {new string('█', filled)}{new string('░', BarWidth - filled)} {done}/{total}"));
        }
    }

    public void Clear()
    {
        if (!_visible) return;
        lock (_lock) Console.Error.Write("\r\e[K");
    }

    public void Dispose() => Clear();
}
