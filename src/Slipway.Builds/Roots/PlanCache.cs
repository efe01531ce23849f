using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>Plans by what was asked and of which package lists: the same question of the same lists has the same answer, and asking takes a second.</summary>
/// <param name="directory">Where they are kept; anything in it may be deleted at any time.</param>
/// <param name="world">Changes with any package list.</param>
internal sealed class PlanCache(string directory, Digest world)
{
    private const int MaxFiles = 1000;
    private const long MaxBytes = 16 << 20;
    private const string Level = "level", Essential = "essential";

    internal RootPlan Get(IEnumerable<string> question, Func<RootPlan> resolve)
    {
        var file = Path.Combine(directory, Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', question.Prepend(world.ToString()).Prepend("slipway plan 2")))).ToString());
        if (new FileInfo(file) is { Exists: true, Length: < MaxBytes } && Read(File.ReadAllLines(file)) is { } known)
            return known;
        var plan = resolve();
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(file, Write(plan));
        foreach (var old in new DirectoryInfo(directory).GetFiles().OrderByDescending(f => f.LastWriteTimeUtc).Skip(MaxFiles))
            old.Delete();
        return plan;
    }

    private static string Write(RootPlan plan)
    {
        var text = new StringBuilder().AppendJoin('\t', plan.Essential.Order(StringComparer.Ordinal).Prepend(Essential)).Append('\n');
        foreach (var layer in plan.Layers)
        {
            text.Append(Level).Append('\n');
            foreach (var p in layer.Installed)
                text.AppendJoin('\t', p.Name, p.Version, p.Architecture, p.Repository, p.Location, p.Digest, p.Size.ToString(CultureInfo.InvariantCulture), p.Reason, p.InstalledSize.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }
        return text.ToString();
    }

    // What is not as it was written is as if it were not there.
    private static RootPlan? Read(string[] lines)
    {
        if (lines.Length < 3 || lines[0].Split('\t') is not [Essential, .. var essential])
            return null;
        var levels = new List<List<ResolvedPackage>>();
        foreach (var line in lines.Skip(1))
        {
            if (line == Level)
                levels.Add([]);
            else if (levels.Count > 0 && line.Split('\t') is [var name, var version, var architecture, var repository, var location, var digest, var size, var reason, var installed]
                && Digest.TryParse(digest, out var known) && long.TryParse(size, CultureInfo.InvariantCulture, out var bytes)
                && long.TryParse(installed, CultureInfo.InvariantCulture, out var installedBytes))
                levels[^1].Add(new(name, version, architecture, repository, location, known, bytes, reason) { InstalledSize = installedBytes });
            else
                return null;
        }
        return RootPlan.Stack(levels, essential.ToHashSet());
    }
}
