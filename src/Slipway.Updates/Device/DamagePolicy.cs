using System.Collections.Concurrent;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>What happens when a pack or a delta, which a device can do without, is damaged.</summary>
/// <param name="tolerate">False refuses the operation before the root is touched; true takes the content in another form and says so.</param>
internal sealed class DamagePolicy(bool tolerate)
{
    private readonly ConcurrentQueue<string> _warnings = new();

    public IReadOnlyList<string> Warnings => [.. _warnings];

    public void Warn(string text) => _warnings.Enqueue(text);

    public void Meet(string url, string reason)
    {
        if (!tolerate)
        {
            throw new SlipwayException(
                $"file {url}",
                $"it was changed or damaged: {reason}",
                "publish it again; a device that may take the content in another form says --tolerate-damage");
        }
        _warnings.Enqueue($"{url} is damaged ({reason}); its content was taken in another form");
    }
}
