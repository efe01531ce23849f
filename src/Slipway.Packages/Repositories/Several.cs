using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>The same for each of many, on all processors.</summary>
internal static class Several
{
    /// <summary>Ends with the first failure itself, not with a collection of them.</summary>
    public static void Run<T>(IReadOnlyList<T> all, Action<T> act)
    {
        if (all.Count == 1)
        {
            act(all[0]);
            return;
        }
        try
        {
            Parallel.ForEach(all, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, act);
        }
        catch (AggregateException several)
        {
            throw several.InnerExceptions.OfType<SlipwayException>().FirstOrDefault() ?? several.InnerExceptions[0];
        }
    }
}
