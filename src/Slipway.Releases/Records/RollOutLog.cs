using System.Data;
using Dapper;
using Slipway.State;
using Slipway.Updates;

namespace Slipway.Releases.Records;

/// <summary>A share of a channel's devices that see its release.</summary>
/// <param name="Plain">The version that everybody else sees, unmodified clients among them; 0 when there is none.</param>
public sealed record ChannelRollOut(uint Version, RollOut RollOut, uint Plain);

/// <summary>A recorded exception from a gate.</summary>
/// <param name="Version">The release it is for; 0 is any.</param>
/// <param name="Until">Seconds since 1970; after it the gate counts again.</param>
public sealed record Waiver(string Stream, string Gate, uint Version, string Reason, string Author, long Until, long At);

/// <summary>Roll-outs of channels, and waivers of gates.</summary>
public sealed class RollOutLog(Database database)
{
    public ChannelRollOut? Find(string stream, string channel) => database.Read(c => c.QuerySingleOrDefault<(long Version, string Text, long Plain)?>(
        "SELECT version, roll_out, plain FROM releases_roll_out WHERE stream = @stream AND channel = @channel", new { stream, channel }))
        is { } row ? new ChannelRollOut((uint)row.Version, ReleaseJson.Read<RollOut>(row.Text), (uint)row.Plain) : null;

    public static void Set(IDbTransaction t, string stream, string channel, ChannelRollOut rollOut) => t.Connection!.Execute(
        """
        INSERT INTO releases_roll_out (stream, channel, version, roll_out, plain) VALUES (@stream, @channel, @version, @text, @plain)
        ON CONFLICT (stream, channel) DO UPDATE SET version = @version, roll_out = @text, plain = @plain
        """,
        new { stream, channel, version = (long)rollOut.Version, text = ReleaseJson.Write(rollOut.RollOut), plain = (long)rollOut.Plain }, t);

    public void Waive(IDbTransaction t, Waiver waiver) => t.Connection!.Execute(
        "INSERT INTO releases_waiver (stream, gate, version, reason, author, until, at) VALUES (@Stream, @Gate, @version, @Reason, @Author, @Until, @Now)",
        new { waiver.Stream, waiver.Gate, version = (long)waiver.Version, waiver.Reason, waiver.Author, waiver.Until, database.Now }, t);

    /// <summary>Oldest first, those that ended among them.</summary>
    public IReadOnlyList<Waiver> Waivers(string stream) => database.Read(c => c.Query<(string Gate, long Version, string Reason, string Author, long Until, long At)>(
            "SELECT gate, version, reason, author, until, at FROM releases_waiver WHERE stream = @stream ORDER BY id", new { stream })
        .Select(w => new Waiver(stream, w.Gate, (uint)w.Version, w.Reason, w.Author, w.Until, w.At)).ToList());

    /// <summary>The waiver that holds for a gate of a release now; null when none does.</summary>
    public Waiver? InForce(string stream, string gate, uint version) =>
        Waivers(stream).LastOrDefault(w => w.Gate == gate && (w.Version == 0 || w.Version == version) && w.Until > database.Now);
}
