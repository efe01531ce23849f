using System.Data;
using Dapper;
using Slipway.Releases.Records;
using Slipway.Releases.Watching;
using Slipway.State;

namespace Slipway.Releases.Adoption;

/// <summary>Writes versions that were taken over beside those that were made here, all at once.</summary>
internal static class AdoptedRecords
{
    private static readonly InputSurvey s_unknown = new([]);

    /// <param name="burned">The highest number that may not be given again.</param>
    public static void Write(IDbTransaction t, StreamSite site, string stream, string channel, IReadOnlyList<AdoptedVersion> versions, uint newest, uint burned)
    {
        foreach (var version in versions.OrderBy(v => v.Version))
            Write(t, site, stream, version);
        Sequences.Burn(t, RunLog.Sequence(stream), burned);
        t.Connection!.Execute(
            "INSERT INTO releases_channel (stream, channel, version, sequence, switched) VALUES (@stream, @channel, @newest, 0, @Now)",
            new { stream, channel, newest = (long)newest, site.Database.Now }, t);
    }

    private static void Write(IDbTransaction t, StreamSite site, string stream, AdoptedVersion version)
    {
        var row = new
        {
            stream,
            version = (long)version.Version,
            plan = ReleaseJson.Write(version.Plan),
            content = version.Content.ToString(),
            survey = ReleaseJson.Write(s_unknown),
            fingerprint = s_unknown.Fingerprint.ToString(),
            made = version.Timestamp,
            version.Plan.Format,
            previous = (long)version.Plan.Previous,
            contentKey = version.ContentKey,
            map = version.Map.ToString(),
            mom = version.Mom.ToString(),
            inventory = version.Inventory.ToString(),
            version.Paths,
            version.Bytes,
        };
        var run = t.Connection!.ExecuteScalar<long>(
            """
            INSERT INTO releases_run (stream, version, plan, content, survey, fingerprint, timestamp, state, started, ended)
            VALUES (@stream, @version, @plan, @content, @survey, @fingerprint, @made, 'succeeded', @made, @made) RETURNING id
            """, row, t);
        var values = new DynamicParameters(row);
        values.Add("run", run);
        t.Connection!.Execute(
            """
            INSERT INTO releases_release (stream, version, run, state, format, previous, content, content_key, map, mom, inventory, paths, bytes, packages, created, published)
            VALUES (@stream, @version, @run, 'published', @Format, @previous, @content, @contentKey, @map, @mom, @inventory, @Paths, @Bytes, 0, @made, @made)
            """, values, t);
        var release = new Node("release", $"{stream}/{version.Version}");
        Ledger.Record(t, release, new Node("release-map", version.Map.ToString()));
        Ledger.Record(t, new Node("channel", $"{stream}/adopted#{version.Version}"), release);
    }
}
