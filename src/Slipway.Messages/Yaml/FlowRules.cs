using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Messages.Yaml;

/// <summary>What the original's parser demands inside brackets and braces and YamlDotNet's does not: commas, no block scalars, no <c>?</c> in a plain text.</summary>
internal sealed class FlowRules(string text)
{
    /// <summary>The collection around the one that was entered.</summary>
    internal readonly record struct Scope(bool InFlow, bool First);

    private Scope _now = new(false, true);
    private long _end;

    public Scope Enter(bool flow)
    {
        var outer = _now;
        _now = new(flow, true);
        return outer;
    }

    public void Leave(Scope outer, ParsingEvent end)
    {
        _now = outer with { First = false };
        Reach(end);
    }

    /// <summary>An entry begins; in a flow collection a comma must stand between it and the one before.</summary>
    public void NextEntry(ParsingEvent start)
    {
        if (_now is { InFlow: true, First: false } && !Has(',', start.Start.Index))
            throw new YamlLoadException("expected a comma between two entries", (int)start.Start.Line);
        _now = _now with { First = false };
    }

    public void Pass(Scalar scalar)
    {
        Reach(scalar);
        if (!_now.InFlow) return;
        if (scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded) throw new YamlLoadException("a block scalar inside brackets", (int)scalar.Start.Line);
        if (scalar.Style == ScalarStyle.Plain && scalar.Value.LastIndexOf('?') > 0) throw new YamlLoadException("a ? in a plain text inside brackets", (int)scalar.Start.Line);
    }

    private void Reach(ParsingEvent passed)
    {
        if (passed.End.Index > passed.Start.Index) _end = Math.Max(_end, passed.End.Index);
    }

    /// <summary>The value of a pair begins; in a flow mapping a colon must stand before it.</summary>
    public void Value(ParsingEvent start)
    {
        if (_now.InFlow && (start is not Scalar || start.End.Index > start.Start.Index) && !Has(':', start.Start.Index))
            throw new YamlLoadException("expected a colon between key and value", (int)start.Start.Line);
    }

    private bool Has(char separator, long until)
    {
        for (var at = _end; at < until; at++)
        {
            if (text[(int)at] == separator) return true;
            if (text[(int)at] != '#') continue;
            var line = text.AsSpan((int)at).IndexOfAny('\n', '\r');
            if (line < 0) return false;
            at += line;
        }
        return false;
    }
}
