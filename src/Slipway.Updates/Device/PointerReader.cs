using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>The version a device is led to.</summary>
/// <param name="Version">The version this device takes; 0 when there is none for it.</param>
/// <param name="Newest">The version the channel points to.</param>
/// <param name="MomDigest">What the channel says of that version's Manifest.MoM; null when nothing says so.</param>
internal sealed record PointedVersion(uint Version, uint Newest, Digest? MomDigest);

/// <summary>Reads the signed pointers below a version URL: the channel's own, and those of the swupd client (format 3).</summary>
internal sealed class PointerReader(PublishedContent versions, DeviceState state, TrustRoots trust, string? channel, string? stream, TimeProvider time)
{
    private const int MaxPlainBytes = 4096;

    private string Base => channel is null ? "" : $"channels/{channel}/";

    public async Task<PointedVersion> ResolveAsync(int? format, Func<string> deviceId, IReadOnlyCollection<string> cohorts, CancellationToken cancel)
    {
        var pointer = await ChannelAsync(cancel);
        if (pointer is null || (format is { } wanted && pointer.Format != wanted))
        {
            var plain = await PlainAsync(format, cancel) ?? throw Missing(format);
            return new PointedVersion(plain, plain, null);
        }
        var decision = pointer.RollOut is { Percent: 100, Window: null } ? RollOutDecision.Take : pointer.RollOut.Decide(deviceId(), cohorts, time.GetUtcNow());
        if (decision == RollOutDecision.Take)
        {
            return new PointedVersion(pointer.Version, pointer.Version, pointer.MomDigest);
        }
        // Those whom the roll-out has not reached see what every unmodified client sees.
        return new PointedVersion(Math.Min(await PlainAsync(format, cancel) ?? 0, pointer.Version), pointer.Version, null);
    }

    private async Task<ChannelPointer?> ChannelAsync(CancellationToken cancel)
    {
        var path = Base + ChannelPointer.FileName;
        var origin = versions.UrlOf(path);
        var sequences = state.Sequences;
        var content = await versions.ReadAsync(path, ChannelPointer.MaxBytes, cancel);
        if (content is null)
        {
            return sequences.ContainsKey(origin)
                ? throw new SlipwayException($"channel pointer {origin}", "it is gone, although this device has seen one there", "publish the channel again")
                : null;
        }
        var signature = await versions.ReadAsync(path + ".sig", ContentSignature.MaxSignatureBytes, cancel)
            ?? throw new SlipwayException($"signature of {origin}", "it is not there", "publish the channel again, signed");
        var pointer = ChannelPointer.ReadSigned(content, signature, trust, origin);
        CheckFresh(pointer, origin, sequences.GetValueOrDefault(origin));
        if (pointer.Sequence > sequences.GetValueOrDefault(origin))
        {
            sequences[origin] = pointer.Sequence;
            state.Sequences = sequences;
        }
        return pointer;
    }

    private void CheckFresh(ChannelPointer pointer, string origin, long seen)
    {
        if ((channel is not null && pointer.Channel != channel) || (stream is not null && pointer.Stream != stream))
        {
            throw new SlipwayException($"channel pointer {origin}", $"it is of channel {pointer.Channel} of stream {pointer.Stream}", "check the version URL");
        }
        if (pointer.Sequence < seen)
        {
            var why = $"its sequence {pointer.Sequence} is lower than {seen}, which this device has seen: it is an old one";
            throw new SlipwayException($"channel pointer {origin}", why, "publish the channel again");
        }
        if (pointer.Expires <= time.GetUtcNow())
        {
            var why = $"it expired at {ChannelJson.Instant(pointer.Expires)}";
            throw new SlipwayException($"channel pointer {origin}", why, "publish the channel again, or check this device's clock");
        }
    }

    private async Task<uint?> PlainAsync(int? format, CancellationToken cancel)
    {
        var path = PlainPath(format);
        var content = await versions.ReadAsync(path, MaxPlainBytes, cancel);
        if (content is null)
        {
            return null;
        }
        var origin = versions.UrlOf(path);
        var signature = await versions.ReadAsync(path + ".sig", ContentSignature.MaxSignatureBytes, cancel)
            ?? throw new SlipwayException($"signature of {origin}", "it is not there", "publish the version pointer again, signed");
        ContentSignature.Verify(content, signature, trust, null, origin);
        return Version(content, origin);
    }

    /// <summary>Reads a version pointer: a number on its first line.</summary>
    internal static uint Version(ReadOnlySpan<byte> content, string origin)
    {
        var line = Encoding.ASCII.GetString(content).Split('\n')[0].Trim();
        return uint.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? version
            : throw new SlipwayException($"version pointer {origin}", "its first line is not a version number", "publish it again");
    }

    private string PlainPath(int? format) => Base + (format is null ? "version/latest_version" : $"version/format{format}/latest");

    private SlipwayException Missing(int? format) =>
        new($"version pointer {versions.UrlOf(PlainPath(format))}", "it is not there", "check the version URL, the channel and the format") { Kind = FailureKind.Unreachable };
}
