using Slipway.Packages.Solving.Native;

namespace Slipway.Packages;

public sealed partial class SolverPool
{
    /// <summary>Makes packages of some repositories unavailable, as if they were not in them.</summary>
    /// <param name="repository">Of which repositories.</param>
    /// <param name="names">Package names; <c>*</c> stands for anything.</param>
    public void Exclude(Func<string, bool> repository, IReadOnlyList<string> names)
    {
        using var use = Enter();
        // libsolv never takes a solvable of an architecture that it does not know.
        var nowhere = relations.Name("excluded");
        foreach (var one in repositories.Where(r => r != installed && repository(r.Name)))
        {
            for (var id = one.Start; id < one.End; id++)
            {
                var name = texts.Name(id);
                if (names.Any(pattern => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)))
                    Solv.RepoSetId(one.Pointer, id, keys.Architecture, nowhere);
            }
        }
        prepared = false;
    }
}
